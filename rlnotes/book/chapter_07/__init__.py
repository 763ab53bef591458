"""Chapter 7: n-step methods."""
