"""Chapter 9: on-policy prediction with features."""
