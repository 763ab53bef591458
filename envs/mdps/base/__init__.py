"""The base of finite MDPs: the model, its operators and its environment."""
