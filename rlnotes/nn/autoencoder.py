"""The autoencoder 自编码器 [notes 8.1]."""

from collections.abc import Sequence

from torch import Tensor, nn

from rlnotes.nn.mlp import MLP


class Autoencoder(nn.Module):
    """A network that learns to give back its input through a narrow layer [notes 8.1].

    h = σ(W x + b),    x' = σ(W₂ h + b₂),    minimise ‖x − x'‖², where σ may be another activation

    `x` [batch, features], from 0 to 1 where the last activation is logistic; `widths` are those on the way to the code,
    and back. Source: Rumelhart, Hinton & Williams (1986).
    """

    def __init__(self, features: int, code: int, widths: Sequence[int] = (), activation: str = "logistic") -> None:
        super().__init__()
        self.encoder = MLP(features, [*widths, code], activation=activation)
        self.decoder = MLP(code, [*reversed(widths), features], activation=activation)

    def forward(self, x: Tensor) -> Tensor:
        return self.decoder(self.encoder(x))

    def loss(self, x: Tensor) -> Tensor:
        """‖x − x'‖² of each sample [batch]."""
        return (x - self(x)).square().sum(-1)
