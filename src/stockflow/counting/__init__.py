"""Stock counts: what is there against what should be."""
