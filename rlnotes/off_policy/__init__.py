"""Off-policy evaluation: the value of a policy from data that another policy recorded, one estimator per file.

An estimator is a function from `Logged` data to a term per episode [episodes]. The estimate is the mean of the terms,
and their spread gives its interval.
"""
