"""Scalar reference implementations, written as plainly as their formulas."""
