"""Figures of comparisons: curves, outcomes, plans, maps, and their common style."""
