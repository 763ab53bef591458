"""What all agents share."""
