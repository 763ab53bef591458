"""What the estimators share: the logged data with the policy to evaluate, and the models of values."""
