"""Transfers of stock between warehouses: shipped from one, in transit to another, received there."""
