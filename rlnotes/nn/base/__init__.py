"""Parts of networks that are no layer of the notes: encoders, bodies, heads, and stacks of networks."""
