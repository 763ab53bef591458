"""The base of deep agents: networks that play, buffers, rollouts, Adam, state."""
