"""What counting does when other features speak."""
