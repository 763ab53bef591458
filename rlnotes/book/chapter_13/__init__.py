"""Chapter 13: policy gradients."""
