"""The computation of results: cells, the simulation of their runs, the recorder and its logs, the store."""
