"""Measurements of speed, by subject; `scripts/benchmark.py` makes them."""
