"""Code that agents with tables share."""
