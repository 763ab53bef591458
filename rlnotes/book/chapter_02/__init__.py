"""Chapter 2: bandits."""
