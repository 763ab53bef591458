"""A Transformer on copy, reverse and sort, with its attention [notes 9.3, 9.4]."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from matplotlib.figure import Figure
from torch import Tensor
from torch.nn.functional import cross_entropy

from rlnotes.experiments.drawing import image
from rlnotes.experiments.experiment import Measured
from rlnotes.nn.base.stack import stack
from rlnotes.nn.transformer import Transformer
from rlnotes.studies.base.study import Study
from rlnotes.studies.base.training import Player, train

SYMBOLS = 10
"""symbols 0 to 9; the next number begins a sequence"""
TASKS: dict[str, Callable[[Tensor], Tensor]] = {
    "copy": lambda x: x,
    "reverse": lambda x: x.flip(-1),
    "sort": lambda x: x.sort(-1).values,
}


@dataclass
class Sequences(Study):
    """A Transformer that copies, reverses and sorts sequences of symbols, and what it attends to [notes 9.3, 9.4].

    One network per task, trained at once. They are tested on sequences whose symbols add up to a multiple of 10, which
    they never see in training.
    """

    size = (10.0, 3.8)

    length: int = 8
    """symbols of a sequence, 2 or more"""

    steps: int = 1_500
    """batches of 64 sequences"""

    tested: int = 1_000
    """new sequences of the test"""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.require_whole("length", 2)
        for setting in ("steps", "tested"):
            self.require_whole(setting, 1)

    def measure(self) -> Measured:
        networks = stack([Transformer(SYMBOLS + 1, blocks=1, longest=self.length) for _ in TASKS])

        def loss() -> Tensor:
            source, target = self.batch(64, held_out=False)
            shifted = torch.cat([torch.full_like(target[..., :1], SYMBOLS), target[..., :-1]], -1)
            return cross_entropy(networks(source, shifted).flatten(0, -2), target.flatten())

        train([Player(networks, loss)], self.steps, 3e-3)
        source, target = self.batch(self.tested, held_out=True)
        right = (networks.predict(source, SYMBOLS, self.length) == target).all(-1).float().mean(1)
        return {"right": right.numpy(), "source": source[:, 0].numpy(), "target": target[:, 0].numpy()} | {
            "attention": self.attention(networks, source, target).numpy()
        }

    def batch(self, number: int, held_out: bool) -> tuple[Tensor, Tensor]:
        """Sequences [tasks, number, length], and what each task makes of them."""
        source = torch.randint(SYMBOLS, (len(TASKS), number, self.length))
        over = source.sum(-1) % SYMBOLS
        source[..., 0] = (source[..., 0] + (-over if held_out else (over == 0).long())) % SYMBOLS
        return source, torch.stack([task(one) for task, one in zip(TASKS.values(), source, strict=True)])

    def attention(self, networks: Transformer, source: Tensor, target: Tensor) -> Tensor:
        """Weights [tasks, length, length] of cross-attention for the first sequence, the mean over heads."""
        seen: list[Tensor] = []
        last: Any = networks.decoder[-1].cross_attention
        watched = last.register_forward_hook(lambda layer, given, _: seen.append(layer.weights(given[0], given[1])))
        with torch.no_grad():
            begin = torch.full_like(target[:, :1, :1], SYMBOLS)
            networks(source[:, :1], torch.cat([begin, target[:, :1, :-1]], -1))
        watched.remove()
        return seen[0][:, 0].mean(1)

    def draw(self, figure: Figure, found: Measured) -> None:
        for i, (axes, task) in enumerate(zip(figure.subplots(1, 3), TASKS, strict=True)):
            drawn = image(axes, found["attention"][i], f"{task}: {found['right'][i]:.1%} right", vmin=0, vmax=1)
            axes.set_xticks(range(self.length), found["source"][i])
            axes.set_yticks(range(self.length), found["target"][i])
            axes.set(xlabel="symbols read", ylabel="symbols written")
        figure.colorbar(drawn, ax=figure.axes, label="weight, mean over heads", shrink=0.7)

    def conclude(self, found: Measured) -> str:
        shares = ", ".join(f"{share:.1%} ({task})" for task, share in zip(TASKS, found["right"], strict=True))
        return f"Of {self.tested:,} new sequences of {self.length} symbols, this part is right: {shares}."
