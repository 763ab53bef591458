"""Conclusions from results: statistics, rows and tables of a comparison, labels, sentences, bounds on regret."""
