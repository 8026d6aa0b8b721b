"""Warehouses: the places where stock lies."""
