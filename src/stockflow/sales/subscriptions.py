"""What sales does when other features speak."""
