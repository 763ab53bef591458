"""Chapter 10: on-policy control with features."""
