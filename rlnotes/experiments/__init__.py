"""The contract of an experiment with a picture and one sentence, and the command line of a room of experiments."""
