"""Suppliers, and the terms on which each sells each product."""
