"""What finite MDPs share: the model, its kernels, its checks."""
