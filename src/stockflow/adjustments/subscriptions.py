"""What adjustments does when other features speak."""
