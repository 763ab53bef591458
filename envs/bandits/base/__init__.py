"""The base of bandits."""
