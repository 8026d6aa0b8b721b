"""Replenishment: what will run out, when, and how much to order from whom."""
