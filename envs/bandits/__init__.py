"""Bandits: each step pulls one arm, and a pull does not change the arms."""
