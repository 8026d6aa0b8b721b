"""Adjustments that wait for approval: asked for by one, posted or rejected by another."""
