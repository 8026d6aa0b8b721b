"""Transfers of stock between warehouses."""
