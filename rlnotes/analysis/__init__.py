"""What results show: statistics, rows of a comparison, labels, sentences, bounds on regret."""
