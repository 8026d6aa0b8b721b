"""What stock is worth, now and at any past moment."""
