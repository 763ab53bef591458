"""Figures of the notes' layers [notes 3 to 9]."""

import numpy as np
import torch
from drawing import HERE, figure, keep, panels
from gymnasium.spaces import Discrete
from torch.nn import functional

from rlnotes.nn.initialisation import initialise
from rlnotes.nn.mlp import MLP, Linear
from rlnotes.nn.network import Network
from rlnotes.plots import COLOURS

LAYERS, WIDTH = 10, 100


def gradients(activation: str, scheme: str, fits: str) -> np.ndarray:
    """‖∂L/∂a^l‖ / ‖∂L/∂a^L‖ [layers + 1] of the layers l, the mean over networks in logarithms."""
    logarithms = []
    for _ in range(20):
        network = MLP(WIDTH, [WIDTH] * LAYERS, activation=activation, initialisation=scheme)
        a, units = torch.randn(64, WIDTH, requires_grad=True), []
        units.append(a)
        for layer in network:
            if isinstance(layer, Linear):
                initialise(layer.weight.data, scheme, fits)
                a = layer(a)
            else:
                units.append(a := layer(a))
        found = torch.autograd.grad(a, units, torch.randn_like(a))
        logarithms.append([gradient.norm().log() for gradient in found])
    mean = np.mean(logarithms, axis=0)
    return np.exp(mean - mean[-1])


@figure
def gradient_scale() -> None:
    """gradients through ten layers, by how the weights are initialised, for the README [notes 4.1, 4.2, 4.3]"""
    torch.manual_seed(0)
    schemes = {
        "torch's": ("torch", "none"),
        "Xavier": ("xavier_uniform", "tanh"),
        "Xavier for logistic": ("xavier_uniform", "logistic"),
        "He": ("he_uniform", "relu"),
    }
    drawn, axes = panels(3)
    for panel, activation in zip(axes, ("logistic", "tanh", "relu"), strict=True):
        for (label, (scheme, fits)), colour in zip(schemes.items(), COLOURS, strict=False):
            if label == "Xavier for logistic" and activation != "logistic":
                continue
            size = gradients(activation, scheme, fits)
            panel.semilogy(range(LAYERS + 1), size, color=colour, marker=".", label=label)
            print(f"{activation}, {label}: {size[0]:.0e}")
        panel.set_title(activation)
        panel.set_xticks(range(0, LAYERS + 1, 2))
    keep(drawn, "gradient_scale", HERE, xlabel="layer", ylabel="gradient, over that of the last layer")


@figure
def recall() -> None:
    """a symbol is to be said again after 100 steps of silence, by body [notes 7.1, 7.2, 7.3]"""
    symbols, silence, every = 4, 100, 10
    drawn, (axes,) = panels()
    for body, colour in zip(("rnn", "lstm", "gru"), COLOURS, strict=False):
        torch.manual_seed(0)
        network = Network(body=body, widths=[32], window=silence, initialisation="torch")
        model = network.vector(Discrete(symbols + 2), symbols)
        optimiser, losses = torch.optim.Adam(model.parameters(), 1e-2), []
        schedule = torch.optim.lr_scheduler.LinearLR(optimiser, 1, 0.05, 300)
        for _ in range(300):
            said = torch.randint(symbols, (64,))
            x = torch.full((64, silence + 2), symbols)
            x[:, 0], x[:, -1] = said, symbols + 1
            loss = functional.cross_entropy(model(x)[0][:, -1], said)
            optimiser.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1)
            optimiser.step()
            schedule.step()
            losses.append(loss.item())
        smooth = np.reshape(losses, (-1, every)).mean(axis=1)
        axes.plot(np.arange(every, 301, every), smooth, color=colour, label=body)
        print(f"{body}: {smooth[-1]:.3f}")
    axes.axhline(np.log(symbols), color="k", linestyle=":", linewidth=1, label="without a memory")
    keep(drawn, "recall", xlabel="batches of 64 sequences", ylabel="cross-entropy in nats", ylim=(0, None))
