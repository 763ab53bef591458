"""What the studies share: their contract, the training loop, the data, and parts of pictures."""
