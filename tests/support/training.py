"""Training of small networks, for tests of layers."""

import torch


def maximise(objective, parameters, steps, rate=1e-2):
    """Maximise a random objective with Adam, at a learning rate that falls to 0."""
    optimiser = torch.optim.Adam(parameters, rate, maximize=True)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, steps)
    for _ in range(steps):
        optimiser.zero_grad()
        objective().backward()
        optimiser.step()
        schedule.step()
