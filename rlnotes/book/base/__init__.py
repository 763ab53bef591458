"""What the figures of the book share: their contract, the course of an agent, and parts of pictures."""
