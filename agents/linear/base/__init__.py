"""The base of agents with linear values: features, weights, traces, exact targets."""
