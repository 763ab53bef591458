"""What bandit agents share."""
