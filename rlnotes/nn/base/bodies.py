"""Bodies: the modules between encoder and head.

A sequence body (`Recurrent`, `WindowAttention`) takes sequences [batch, time, ...]. Its state is `None` at the start,
and is reset at the steps where `begins` [batch, time] is true. `Dense` takes [batch, ...] and has no state.
"""

from abc import abstractmethod
from collections.abc import Callable
from functools import partial
from math import log
from typing import Any

import torch
from torch import Tensor, nn

from rlnotes.nn.attention import MultiHeadAttention
from rlnotes.nn.initialisation import initialise
from rlnotes.nn.mlp import MLP, Linear
from rlnotes.nn.recurrent import GRU, LSTM, RNN
from rlnotes.nn.transformer import AddNorm, EncoderBlock, positions

RECURRENT: dict[str, Callable[[int, int], nn.Module]] = {
    "rnn": RNN,
    "rnn_logistic": partial(RNN, activation="logistic"),
    "rnn_relu": partial(RNN, activation="relu"),
    "lstm": LSTM,
    "gru": GRU,
}
"""recurrent layers by name; f of `rnn` is tanh"""
GATES = {"lstm": {0: -1, 1: 1}, "gru": {1: 1}}
"""the gates, by their number in torch's order, that let new information in (−1) or retain the state (1)"""


class Body(nn.Module):
    """A module that computes features [..., outputs] and the next state."""

    outputs: int
    """number of features"""

    @abstractmethod
    def forward(self, x: Tensor, state: Any = None, begins: Tensor | None = None) -> tuple[Tensor, Any]:
        """Compute the features and the next state; the state before the steps where `begins` is true is reset."""


class Dense(Body):
    """An `MLP`, without a state."""

    def __init__(self, mlp: MLP) -> None:
        super().__init__()
        self.mlp, self.outputs = mlp, mlp.outputs

    def forward(self, x: Tensor, state: Any = None, begins: Tensor | None = None) -> tuple[Tensor, None]:
        return self.mlp(x), None


def require_sequences(x: Tensor, weight: Tensor) -> None:
    """Raise `ValueError` unless `x` has the axes of sequences [batch, time, features], for a layer with this weight."""
    if x.dim() != weight.dim() + 1:
        raise ValueError(f"this body takes sequences [batch, time, ...]; the features are {list(x.shape)}")


class Recurrent(Body):
    """Dense layers, then a recurrent layer of `units` [notes 7.1, 7.2, 7.3].

    The gates of LSTM and GRU start so that the state retains about `window` steps: the bias is log(window) for the gate
    that retains the state, and −log(window) for the input gate of an LSTM. With biases of 0, each step would lose half
    of the state.
    Source: Tallec & Ollivier, Can recurrent neural networks warp time? (2018).
    """

    def __init__(self, kind: str, mlp: MLP, units: int, window: int, initialisation: str) -> None:
        super().__init__()
        self.mlp, self.outputs = mlp, units
        layer: Any = RECURRENT[kind](mlp.outputs, units)
        self.layer = layer
        for name, parameter in layer.named_parameters():
            for number, gate in enumerate(parameter.data.split(units)):
                if "weight" in name:
                    initialise(gate, initialisation, layer.activation)
                else:
                    sign = GATES.get(kind, {}).get(number, 0) if name == "bias_ih_l0" else 0
                    nn.init.constant_(gate, sign * log(window))

    def forward(self, x: Tensor, state: Any = None, begins: Tensor | None = None) -> tuple[Tensor, Any]:
        require_sequences(x, self.layer.weight_ih_l0)
        return self.layer(self.mlp(x), state, begins)


class WindowAttention(Body):
    """Dense layers, then attention of every step to the last `window` steps.

    The window includes the step itself. With `blocks` = 0 it has one layer of attention [notes 9.3] with add & norm;
    otherwise `blocks` is the number of encoder blocks of a Transformer [notes 9.4]. The output is read at the last step
    of the window; positions are counted back from there. The state is the features of the earlier steps
    [batch, window − 1, width], and which of these steps exist [batch, window − 1].
    """

    def __init__(self, mlp: MLP, width: int, heads: int, window: int, blocks: int, initialisation: str) -> None:
        super().__init__()
        self.mlp, self.outputs, self.window = mlp, width, window
        self.embed = Linear(mlp.outputs, width, initialisation)
        self.blocks = nn.ModuleList(EncoderBlock(width, heads, 2 * width, initialisation) for _ in range(blocks))
        if not blocks:
            self.attention, self.attended = MultiHeadAttention(width, heads, initialisation), AddNorm(width)

    def forward(self, x: Tensor, state: Any = None, begins: Tensor | None = None) -> tuple[Tensor, Any]:
        require_sequences(x, self.embed.weight)
        x = self.embed(self.mlp(x))
        *batch, time, width = x.shape
        before = self.window - 1
        begins = x.new_zeros(*batch, time, dtype=torch.bool) if begins is None else begins
        past, known = state or (x.new_zeros(*batch, before, width), begins.new_zeros(*batch, before))
        past, known = torch.cat([past, x], -2), torch.cat([known, torch.ones_like(begins)], -1)
        begun = torch.cat([begins.new_zeros(*batch, before), begins], -1).cumsum(-1)
        steps = torch.arange(time, device=x.device)[:, None] + torch.arange(self.window, device=x.device)
        seen = past[..., steps, :] + positions(self.window, width, x.dtype, x.device).flip(0)
        mask = (known[..., steps] & (begun[..., steps] == begun[..., before:, None])).unsqueeze(-2)
        left = past[..., time:, :], known[..., time:] & (begun[..., time:] == begun[..., -1:])
        if not self.blocks:
            last = seen[..., -1:, :]
            return self.attended(last, self.attention(last, seen, seen, mask)).squeeze(-2), left
        for block in self.blocks:
            seen = block(seen, mask)
        return seen[..., -1, :], left

    def extra_repr(self) -> str:
        return f"window={self.window}"
