"""Tables of counting."""
