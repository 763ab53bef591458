"""Chapter 4: dynamic programming."""
