"""Deep agents, with networks of the notes' layers; all runs train as one batch."""
