"""What networks are built from beside the notes' layers: encoders, bodies, heads, and stacks of networks."""
