"""What stands between encoder and head: `forward(x, state)` gives features [..., outputs] and the next state.

Those with a memory take sequences [batch, time, ...]; their state is `None` at the start, and anew where
`begins` [batch, time] says that another sequence begins. Others take [batch, ...], and have none.
"""

from math import log
from typing import Any

import torch
from torch import Tensor, nn

from rlnotes.nn.attention import MultiHeadAttention
from rlnotes.nn.initialisation import initialise
from rlnotes.nn.mlp import MLP, Linear
from rlnotes.nn.recurrent import GRU, LSTM, RNN
from rlnotes.nn.transformer import AddNorm, EncoderBlock, positional_encoding

RECURRENT: dict[str, type[nn.Module]] = {"rnn": RNN, "lstm": LSTM, "gru": GRU}
GATES = {"rnn": {}, "lstm": {0: -1, 1: 1}, "gru": {1: 1}}
"""of the gates of a layer in torch's order, which let in (−1) and which keep (1)"""


class Dense(nn.Module):
    """An `MLP`, which has no state."""

    def __init__(self, mlp: MLP) -> None:
        super().__init__()
        self.mlp, self.outputs = mlp, mlp.outputs

    def forward(self, x: Tensor, state: None = None, begins: None = None) -> tuple[Tensor, None]:
        return self.mlp(x), None


def sequences(x: Tensor, weight: Tensor) -> Tensor:
    """The features of sequences, for a layer of that weight; `ValueError` where they are none."""
    if x.dim() != weight.dim() + 1:
        raise ValueError(f"a body with a memory takes sequences [batch, time, ...], here with {list(x.shape)} features")
    return x


class Recurrent(nn.Module):
    """Dense layers, and a recurrent one of the last width [notes 7.1, 7.2, 7.3].

    The gates of an LSTM and a GRU begin so that about `window` steps are kept, with the biases log(window) of the gate
    that keeps and −log(window) of an LSTM's that lets in: with 0 a half would be lost in every step.
    Source: Tallec & Ollivier, Can recurrent neural networks warp time? (2018).
    """

    def __init__(self, kind: str, mlp: MLP, units: int, window: int, initialisation: str) -> None:
        super().__init__()
        self.mlp, self.outputs = mlp, units
        self.layer: Any = RECURRENT[kind](mlp.outputs, units)
        for name, parameter in self.layer.named_parameters():
            for number, gate in enumerate(parameter.data.split(units)):
                if "weight" in name:
                    initialise(gate, initialisation, "none")
                else:
                    sign = GATES[kind].get(number, 0) if name == "bias_ih_l0" else 0
                    nn.init.constant_(gate, sign * log(window))

    def forward(self, x: Tensor, state: Any = None, begins: Tensor | None = None) -> tuple[Tensor, Any]:
        return self.layer(self.mlp(sequences(x, self.layer.weight_ih_l0)), state, begins)


class Window(nn.Module):
    """Dense layers, and attention of every step to the last `window` steps, itself among them [notes 9.3, 9.4].

    With `blocks` = 0 one layer of attention with add & norm, else so many blocks of a Transformer's encoder; either is
    read at its last step. Positions are counted back from there. The state is what earlier steps left
    [batch, window − 1, width], and which of them there were [batch, window − 1].
    """

    positions: Tensor

    def __init__(self, mlp: MLP, width: int, heads: int, window: int, blocks: int, initialisation: str) -> None:
        super().__init__()
        self.mlp, self.outputs, self.window = mlp, width, window
        self.embed = Linear(mlp.outputs, width, initialisation)
        self.register_buffer("positions", positional_encoding(window, width).flip(0), persistent=False)
        self.blocks = nn.ModuleList(EncoderBlock(width, heads, 2 * width, initialisation) for _ in range(blocks))
        if not blocks:
            self.attention, self.attended = MultiHeadAttention(width, heads, initialisation), AddNorm(width)

    def forward(self, x: Tensor, state: Any = None, begins: Tensor | None = None) -> tuple[Tensor, Any]:
        x = self.embed(self.mlp(sequences(x, self.embed.weight)))
        *batch, time, width = x.shape
        before = self.window - 1
        begins = x.new_zeros(*batch, time, dtype=torch.bool) if begins is None else begins
        past, known = state or (x.new_zeros(*batch, before, width), begins.new_zeros(*batch, before))
        past, known = torch.cat([past, x], -2), torch.cat([known, torch.ones_like(begins)], -1)
        begun = torch.cat([begins.new_zeros(*batch, before), begins], -1).cumsum(-1)
        steps = torch.arange(time, device=x.device)[:, None] + torch.arange(self.window, device=x.device)
        seen = past[..., steps, :] + self.positions
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
