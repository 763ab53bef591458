"""Deep agents: values and policies are networks of the notes' layers; the networks of all runs lie on one stack."""
