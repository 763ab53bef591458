"""Chapter 8: planning and learning with tables."""
