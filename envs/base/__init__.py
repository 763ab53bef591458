"""What all environments share."""
