"""What deep agents share."""
