"""What agents with tables share."""
