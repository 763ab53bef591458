"""A causal Transformer over steps. A step is three tokens: last action, return-to-go, observation."""

from math import sqrt
from typing import Any, NamedTuple

import torch
from gymnasium import Space
from torch import Tensor, nn

from rlnotes.nn.attention import causal_mask
from rlnotes.nn.base.bodies import Body
from rlnotes.nn.base.encoders import Encoder, Flat
from rlnotes.nn.base.stack import broadcast
from rlnotes.nn.mlp import MLP, Linear
from rlnotes.nn.normalisation import LayerNorm
from rlnotes.nn.transformer import EncoderBlock, positions

TOKENS = 3
"""tokens of a step"""


class Given(NamedTuple):
    """What a network gets in a step; each field is [..., time, ...]."""

    action: Any
    """the action A_{t−1} of the step before, any action in the first step; None: all steps are the first"""
    to_go: Any
    """R̂_t, the sum of the rewards from this step to the end of the episode"""
    time: Any
    """t, the number of the step in its episode, from 0"""
    observation: Any


class StepTokens(Encoder):
    """The tokens A_{t−1}, R̂_t and S_t of each step, at position t of their episode [notes 9.4].

    √width (W x + b) + P_t, normalised. S_t goes through the dense layers of `mlp` first. The first step has the zero
    action.
    A `Given` [..., time] → [..., time, 3 · width].
    """

    unit: Tensor
    """the return-to-go that the network sees as 1 [1]"""
    best: Tensor
    """the largest return of an episode [1]"""

    def __init__(self, observed: Encoder, mlp: MLP, actions: Space[Any], width: int, initialisation: str) -> None:
        super().__init__()
        self.observed, self.mlp, self.acted = observed, mlp, Flat(actions)
        sizes = {"action": self.acted.outputs, "to_go": 1, "observation": mlp.outputs}
        self.embed = nn.ModuleDict({name: Linear(size, width, initialisation) for name, size in sizes.items()})
        self.norm, self.width, self.outputs = LayerNorm(width), width, TOKENS * width
        self.register_buffer("unit", torch.ones(1))
        self.register_buffer("best", torch.zeros(1))

    def forward(self, given: Given) -> Tensor:
        time = torch.as_tensor(given.time, device=self.like.device)
        to_go = torch.as_tensor(given.to_go, dtype=self.like.dtype, device=self.like.device).unsqueeze(-1)
        none = self.like.new_zeros(*time.shape, self.acted.outputs)
        parts = {
            "action": none if given.action is None else self.acted(given.action) * (time > 0).unsqueeze(-1),
            "to_go": to_go / broadcast(self.unit, to_go),
            "observation": self.mlp(self.observed(given.observation)),
        }
        longest = 2 ** int(time.max()).bit_length()  # few different lengths, since the table of each is stored
        place = positions(longest, self.width, self.like.dtype, self.like.device)[time]
        return torch.cat([self.norm(self.embed[name](x) * sqrt(self.width) + place) for name, x in parts.items()], -1)


class CausalTransformer(Body):
    """Encoder blocks in which every token attends to itself and the earlier tokens of its episode [notes 9.4].

    The features are those of the last token of each step. A step sees the last `window` steps, including itself, or
    fewer: those since the first step of the call, and those in the state. The state has the tokens of the latest steps
    [batch, window or fewer, 3 · width], and the number of the episode of each, counted back from the last step.
    Raises `ValueError` for more than `window` steps in one call.
    """

    def __init__(self, width: int, heads: int, blocks: int, window: int, initialisation: str) -> None:
        super().__init__()
        self.outputs, self.window = width, window
        self.blocks = nn.ModuleList(EncoderBlock(width, heads, 2 * width, initialisation) for _ in range(blocks))

    def forward(self, x: Tensor, state: Any = None, begins: Tensor | None = None) -> tuple[Tensor, Any]:
        time = x.shape[-2]
        if time > self.window:
            raise ValueError(f"{time} steps in one call are more than the window, {self.window}")
        episode = (x.new_zeros(x.shape[:-1]) if begins is None else begins).long().cumsum(-1)
        if state is not None:
            x, episode = torch.cat([state[0], x], -2), torch.cat([state[1], episode], -1)
        x, episode = x[..., -self.window :, :], episode[..., -self.window :]
        seen = x, episode - episode[..., -1:]
        tokens, of = x.unflatten(-1, (TOKENS, self.outputs)).flatten(-3, -2), episode.repeat_interleave(TOKENS, -1)
        mask = (of.unsqueeze(-1) == of.unsqueeze(-2)) & causal_mask(of.shape[-1]).to(x.device)
        for block in self.blocks:
            tokens = block(tokens, mask)
        last = tokens[..., TOKENS - 1 :: TOKENS, :]
        return last[..., -time:, :], seen

    def extra_repr(self) -> str:
        return f"window={self.window}"
