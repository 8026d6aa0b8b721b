"""What purchasing does when other features speak."""
