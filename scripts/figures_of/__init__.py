"""Figures, by subject; `scripts/figures.py` draws them."""
