"""Finite MDPs [notes 2.1]."""
