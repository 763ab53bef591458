"""The base of planners: the plan, the improved value, the proof of its error, and kernels."""
