"""Tables of adjustments."""
