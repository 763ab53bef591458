"""The base of planners: the plan, the iterate V, the bound of its error, kernels."""
