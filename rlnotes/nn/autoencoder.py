"""The autoencoder 自编码器 [notes 8.1]."""

from collections.abc import Sequence

from torch import Tensor, nn

from rlnotes.nn.base.checks import require_sizes
from rlnotes.nn.mlp import MLP


class Autoencoder(nn.Module):
    """A network that learns to reproduce its input through a narrow layer [notes 8.1].

    h = σ(W x + b),    x' = σ(W₂ h + b₂),    minimise ‖x − x'‖²

    `x` [batch, features]; from 0 to 1 if the activation is logistic. `activation` replaces σ by another one. `widths`
    are the widths of the layers between input and code, and, reversed, of those between code and output.
    Raises `SettingError` if a size is below 1.
    Source: Rumelhart, Hinton & Williams (1986).
    """

    def __init__(self, features: int, code: int, widths: Sequence[int] = (), activation: str = "logistic") -> None:
        super().__init__()
        require_sizes(features=features, code=code)
        self.encoder = MLP(features, [*widths, code], activation=activation)
        self.decoder = MLP(code, [*reversed(widths), features], activation=activation)

    def forward(self, x: Tensor) -> Tensor:
        return self.decoder(self.encoder(x))

    def loss(self, x: Tensor) -> Tensor:
        """‖x − x'‖² per sample [batch]."""
        return (x - self(x)).square().sum(-1)
