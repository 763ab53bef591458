"""Figures of the notes' layers [notes 3 to 9]."""

from collections.abc import Callable

import numpy as np
import torch
from gymnasium.spaces import Discrete
from torch import Tensor
from torch.nn import functional

from figures_of.drawing import IMAGES, figure, panels, save
from rlnotes.figures.style import COLOURS
from rlnotes.nn.initialisation import initialise
from rlnotes.nn.mlp import MLP, Linear
from rlnotes.nn.network import Network

LAYERS, WIDTH = 10, 100


def gradients(activation: str, scheme: str, fits: str = "", networks: int = 1) -> np.ndarray:
    """‖∂L/∂a^l‖ / ‖∂L/∂a^L‖ [layers + 1] of every layer l; the geometric mean over networks.

    The initialisation is for the activation `fits`; empty: for that of the network.
    """
    logarithms = []
    for _ in range(networks):
        network = MLP(WIDTH, [WIDTH] * LAYERS, activation=activation, initialisation=scheme)
        a = torch.randn(64, WIDTH, requires_grad=True)
        units = [a]
        for layer in network:
            if isinstance(layer, Linear):
                initialise(layer.weight.data, scheme, fits or activation)
                a = layer(a)
            else:
                units.append(a := layer(a))
        found = torch.autograd.grad(a, units, torch.randn_like(a))
        logarithms.append([gradient.norm().log() for gradient in found])
    mean = np.mean(logarithms, axis=0)
    return np.exp(mean - mean[-1])


@figure
def gradient_scale() -> None:
    """gradients through ten layers, by initialisation of the weights, for the documentation [notes 4.1, 4.2, 4.3]"""
    torch.manual_seed(0)
    schemes = {
        "torch's": ("torch", "none"),
        "Xavier": ("xavier_uniform", "tanh"),
        "Xavier for logistic": ("xavier_uniform", "logistic"),
        "He": ("he_uniform", "relu"),
    }
    drawn, axes = panels(3)
    for panel, activation in zip(axes, ("logistic", "tanh", "relu"), strict=True):
        for (label, (scheme, fits)), colour, marker in zip(schemes.items(), COLOURS, "os^D", strict=False):
            if label == "Xavier for logistic" and activation != "logistic":
                continue
            size = gradients(activation, scheme, fits, networks=20)
            panel.semilogy(range(LAYERS + 1), size, color=colour, marker=marker, markersize=4, label=label)
            print(f"{activation}, {label}: {size[0]:.0e}")
        panel.set_title(activation)
        panel.set_xticks(range(0, LAYERS + 1, 2))
    save(drawn, "gradient_scale", IMAGES, xlabel="layer", ylabel="gradient, over that of the last layer")


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
