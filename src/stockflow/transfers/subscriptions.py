"""What transfers does when other features speak."""
