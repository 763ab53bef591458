"""The base of adversarial imitation: a judge of steps, and the policy that learns from its judgement."""
