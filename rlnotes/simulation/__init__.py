"""What decides numbers: cells, the simulation of their runs, what is recorded, and where results are kept."""
