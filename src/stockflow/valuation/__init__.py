"""Valuation: what stock is worth, now and at any past moment, by average cost or first in, first out."""
