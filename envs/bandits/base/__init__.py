"""What bandits share."""
