"""Deep agents: networks of the notes' layers as values and policies, those of all runs on one stack."""
