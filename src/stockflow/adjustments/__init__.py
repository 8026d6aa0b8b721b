"""Adjustments over a company's limit, which wait for approval."""
