"""Speed of layers, and of training networks."""

import time
from collections.abc import Callable
from statistics import median
from typing import Any

import torch
from rich.table import Table
from torch import Tensor, nn

from rlnotes.nn.autoencoder import Autoencoder
from rlnotes.nn.base.stack import stack
from rlnotes.nn.mlp import MLP
from rlnotes.studies.base.training import Player
from rlnotes.studies.base.training import train as train_players

REPEATS = 9


def layers(steps: int = 20) -> Table:
    """A training step (forward, backward and Adam) of the notes' layers against torch's own; the ratio is our time
    divided by torch's. Torch does not have the notes' GRU, and its own applies the reset gate elsewhere.
    """
    from torch import nn

    from rlnotes.nn.attention import MultiHeadAttention
    from rlnotes.nn.convolution import FeatureMaps
    from rlnotes.nn.mlp import MLP
    from rlnotes.nn.recurrent import GRU, LSTM, RNN
    from rlnotes.nn.transformer import DecoderBlock, EncoderBlock

    torch.set_num_threads(1)
    dense = [nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 64)]
    normal = [nn.Linear(64, 64), nn.LayerNorm(64), nn.Tanh(), nn.Linear(64, 64)]
    batch, x, image = torch.randn(256, 64), torch.randn(32, 32, 64), torch.randn(32, 8, 16, 16)
    pairs: dict[str, tuple[nn.Module, nn.Module, tuple[Any, ...], tuple[Any, ...]]] = {
        "MLP": (MLP(64, [64, 64], 64), nn.Sequential(*dense), (batch,), (batch,)),
        "MLP, layer norm": (MLP(64, [64], 64, "tanh", "auto", "layer"), nn.Sequential(*normal), (batch,), (batch,)),
        "FeatureMaps": (FeatureMaps(8, 16, 3), nn.Conv2d(8, 16, 3), (image,), (image,)),
        "RNN": (RNN(64, 64), nn.RNN(64, 64, batch_first=True), (x,), (x,)),
        "LSTM": (LSTM(64, 64), nn.LSTM(64, 64, batch_first=True), (x,), (x,)),
        "GRU (torch's differs)": (GRU(64, 64), nn.GRU(64, 64, batch_first=True), (x,), (x,)),
        "MultiHeadAttention": (
            *(MultiHeadAttention(64, 4), nn.MultiheadAttention(64, 4, batch_first=True)),
            *((x, x, x), (x, x, x)),
        ),
        "EncoderBlock": (
            *(EncoderBlock(64, 4, 128), nn.TransformerEncoderLayer(64, 4, 128, 0.0, batch_first=True)),
            *((x,), (x,)),
        ),
        "DecoderBlock": (
            *(DecoderBlock(64, 4, 128), nn.TransformerDecoderLayer(64, 4, 128, 0.0, batch_first=True)),
            *((x, x, x[:, :0]), (x, x, nn.Transformer.generate_square_subsequent_mask(32))),
        ),
    }
    table = Table(title=f"The median of {REPEATS} × {steps}, one core")
    for heading in ("layer", "ratio", "ms", "torch's"):
        table.add_column(heading, justify="left" if heading == "layer" else "right")
    for name, (own, theirs, own_inputs, their_inputs) in pairs.items():
        times = [(train(own, own_inputs, steps), train(theirs, their_inputs, steps)) for _ in range(REPEATS)]
        mine, other = (median(column) for column in zip(*times, strict=True))
        table.add_row(name, f"{median(a / b for a, b in times):.2f}", f"{mine:.2f}", f"{other:.2f}")
    return table


def train(layer: Any, inputs: tuple[Any, ...], steps: int) -> float:
    """Milliseconds of a training step."""
    optimiser = torch.optim.Adam(layer.parameters())
    begin = time.perf_counter()
    for _ in range(steps):
        optimiser.zero_grad()
        output = layer(*inputs)
        (output[0] if isinstance(output, tuple) else output).square().mean().backward()
        optimiser.step()
    return (time.perf_counter() - begin) / steps * 1e3


def training(steps: int = 300) -> Table:
    """Training loop of the studies against torch's bare one, and 16 networks at once against 16 single ones. The last
    column has the matrix products alone of 16 networks at once. These are arithmetic, which no loop makes less: 16
    networks at once save calls. So they take a small part of the time of single ones where batches are small. Where
    the products alone take more than a quarter, as in the autoencoder, the whole step does too.
    """
    torch.set_num_threads(1)
    table = Table(title=f"{steps} steps, the median of {REPEATS}, one core: ms a step")
    for heading in ("network", "ours", "torch's", "ratio", "16 at once", "to 16 alone", "products to 16 alone"):
        table.add_column(heading, justify="left" if heading == "network" else "right")
    for name, (make, inputs) in TRAINED.items():
        times = [
            (
                by_us(make, inputs, 1, steps),
                by_torch(make, inputs, steps),
                by_us(make, inputs, 16, steps),
                products(make, inputs, 16, steps),
            )
            for _ in range(REPEATS)
        ]
        own, bare, many, _ = (median(column) for column in zip(*times, strict=True))
        to_alone = median(c / (16 * a) for a, _, c, _ in times), median(d / (16 * a) for a, *_, d in times)
        numbers = own, bare, median(a / b for a, b, *_ in times), many, *to_alone
        table.add_row(name, *(f"{number:.2f}" for number in numbers))
    return table


TRAINED: dict[str, tuple[Callable[[], nn.Module], Tensor]] = {
    "MLP, batch of 16": (lambda: MLP(2, [32, 32], 1), torch.randn(16, 2)),
    "MLP, batch of 128": (lambda: MLP(2, [64, 64], 1), torch.randn(128, 2)),
    "autoencoder, batch of 256": (lambda: Autoencoder(64, 10, [64]), torch.rand(256, 64)),
}
"""networks of the studies, and a batch"""


def by_us(make: Callable[[], nn.Module], inputs: Tensor, networks: int, steps: int) -> float:
    """Milliseconds of a step of a stack."""
    many, x = stack([make() for _ in range(networks)]), inputs.expand(networks, *inputs.shape)
    begin = time.process_time()
    train_players([Player(many, lambda: many(x).square().mean())], steps, 1e-3)
    return (time.process_time() - begin) / steps * 1e3


def products(make: Callable[[], nn.Module], inputs: Tensor, networks: int, steps: int) -> float:
    """Milliseconds of the matrix products in a step of a stack, for random matrices in the layouts that are fastest."""
    pairs = []
    for layer in (one for one in make().modules() if isinstance(one, nn.Linear)):
        batch, fan_in, fan_out = len(inputs), layer.in_features, layer.out_features
        W, x, g = (torch.randn(networks, *shape) for shape in ((fan_in, fan_out), (batch, fan_in), (batch, fan_out)))
        narrow = fan_out < fan_in
        W = W.mT.contiguous().mT if narrow else W
        pairs += [(x, W), (g.mT, x) if narrow else (x.mT, g), (g, W.mT)]
    del pairs[2]  # the input needs no gradient
    begin = time.process_time()
    for _ in range(steps):
        for one, other in pairs:
            torch.bmm(one, other)
    return (time.process_time() - begin) / steps * 1e3


def by_torch(make: Callable[[], nn.Module], inputs: Tensor, steps: int) -> float:
    """Milliseconds of a step of a single network with torch's Adam."""
    network = make()
    optimiser = torch.optim.Adam(network.parameters(), 1e-3)
    begin = time.process_time()
    for _ in range(steps):
        optimiser.zero_grad()
        network(inputs).square().mean().backward()
        optimiser.step()
    return (time.process_time() - begin) / steps * 1e3
