"""The base of finite MDPs: the model, its operators, and the environment that steps it."""
