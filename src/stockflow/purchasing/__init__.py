"""Purchasing: orders to suppliers, and what is received of them."""
