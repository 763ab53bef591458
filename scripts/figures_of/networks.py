"""Figures of the notes' layers [notes 3 to 9]."""

from collections.abc import Callable

import numpy as np
import torch
from gymnasium.spaces import Discrete
from torch import Tensor
from torch.nn import functional

from figures_of.drawing import figure, panels, save
from rlnotes.figures.style import COLOURS
from rlnotes.nn.network import Network

SYMBOLS, SILENCE, BATCHES = 4, 100, 200


def learn_to_recall(body: str) -> tuple[Callable[[int], Tensor], list[float]]:
    """Train a body to repeat a symbol after a long silence.

    Returns a function that computes its cross-entropy on a new batch of a size, and the cross-entropies during
    training. All weights have the variance 1/(3 · 32), so the gradients of a recurrent body without gates vanish.
    """
    torch.manual_seed(0)
    network = Network(body=body, widths=[32], window=SILENCE, initialisation="torch")
    model = network.vector(Discrete(SYMBOLS + 2), SYMBOLS)
    optimiser, losses = torch.optim.Adam(model.parameters(), 1e-2), []
    schedule = torch.optim.lr_scheduler.LinearLR(optimiser, 1, 0.05, BATCHES)

    def loss(batch: int) -> Tensor:
        said = torch.randint(SYMBOLS, (batch,))
        x = torch.full((batch, 1 + SILENCE + 1), SYMBOLS)
        x[:, 0], x[:, -1] = said, SYMBOLS + 1
        return functional.cross_entropy(model(x)[0][:, -1], said)

    for _ in range(BATCHES):
        optimiser.zero_grad()
        now = loss(64)
        now.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1)
        optimiser.step()
        schedule.step()
        losses.append(now.item())
    return loss, losses


@figure
def recall(every: int = 10) -> None:
    """cross-entropy by body when a symbol must be repeated after 100 steps of silence [notes 7.1, 7.2, 7.3]"""
    drawn, (axes,) = panels()
    for body, colour in zip(("rnn", "lstm", "gru"), COLOURS, strict=False):
        smooth = np.reshape(learn_to_recall(body)[1], (-1, every)).mean(axis=1)
        axes.plot(np.arange(every, BATCHES + 1, every), smooth, color=colour, label=body)
        print(f"{body}: {smooth[-1]:.3f}")
    axes.axhline(np.log(SYMBOLS), color="k", linestyle=":", linewidth=1, label="without a memory")
    save(drawn, "recall", xlabel="batches of 64 sequences", ylabel="cross-entropy in nats", ylim=(0, None))
