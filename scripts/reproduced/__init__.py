"""Numbers of theory and literature, by area, for `reproduce.py`."""
