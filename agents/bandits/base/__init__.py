"""What bandit agents share: pulls and means, argmax with random ties, random draws of arms."""
