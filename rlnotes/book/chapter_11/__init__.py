"""Chapter 11: off-policy methods with features."""
