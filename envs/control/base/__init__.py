"""What control tasks share."""
