"""The Transformer [notes 9.4]: layers of attention that read one sequence and write another, one symbol at a time.

Source: Vaswani et al., Attention is all you need (2017). As in the paper, normalisation follows the addition.
"""

from functools import lru_cache
from math import sqrt

import torch
from torch import Tensor, nn
from torch.nn import functional

from rlnotes.nn.attention import MultiHeadAttention, causal_mask
from rlnotes.nn.base.checks import require_sizes
from rlnotes.nn.base.stack import broadcast
from rlnotes.nn.mlp import MLP, Linear
from rlnotes.nn.normalisation import LayerNorm


def positional_encoding(length: int, width: int) -> Tensor:
    """The encoding of positions P [length, width] [notes 9.4].

    P_{t,2j} = sin(t / 10000^{2j/width}),    P_{t,2j+1} = cos(t / 10000^{2j/width})

    Raises `SettingError` if a size is below 1.
    """
    require_sizes(length=length, width=width)
    return positions(length, width, torch.get_default_dtype(), torch.get_default_device()).clone()


@lru_cache(maxsize=16)
def positions(length: int, width: int, dtype: torch.dtype, device: torch.device) -> Tensor:
    """`positional_encoding` in a precision on a device, computed once in float64; not to be changed.

    It is no buffer of a layer: a buffer has no numbers after `to_empty` or on the device meta.
    """
    with torch.inference_mode(False), torch.device("cpu"):
        t, j = torch.arange(length, dtype=torch.float64), torch.arange(0, width, 2, dtype=torch.float64)
        angle = t[:, None] / 10_000 ** (j / width)
        return torch.stack([angle.sin(), angle.cos()], -1).flatten(1)[:, :width].to(device, dtype)


class Embedding(nn.Embedding):
    """A vector of `width` numbers for each symbol [notes 9.4].

    [...] → [..., width]; for a stack, both have a first axis of networks.
    """

    def __init__(self, symbols: int, width: int) -> None:
        super().__init__(symbols, width)
        nn.init.normal_(self.weight, std=1 / sqrt(width))

    def forward(self, symbols: Tensor) -> Tensor:
        if self.weight.dim() == 2:
            return super().forward(symbols)
        first = torch.arange(len(self.weight), device=symbols.device) * self.weight.shape[1]
        return functional.embedding(symbols + broadcast(first[:, None], symbols), self.weight.flatten(0, 1))


class AddNorm(nn.Module):
    """Add the input x and the output y of a layer, then normalise.

    layer_norm(x + y) [notes 5.4, 9.4]; x, y and the result are [..., width].
    """

    def __init__(self, width: int) -> None:
        super().__init__()
        self.norm = LayerNorm(width)

    def forward(self, x: Tensor, y: Tensor) -> Tensor:
        return self.norm(x + y)


class FeedForward(MLP):
    """W₂ ReLU(W₁ x + b₁) + b₂, the same at every position [notes 9.4].

    [..., width] → the same.
    """

    def __init__(self, width: int, hidden: int, initialisation: str = "auto") -> None:
        super().__init__(width, [hidden], width, initialisation=initialisation)


class EncoderBlock(nn.Module):
    """Self-attention, add & norm, feed-forward, add & norm [notes 9.4].

    [batch, n, width] → the same.
    """

    def __init__(self, width: int, heads: int, hidden: int, initialisation: str = "auto") -> None:
        super().__init__()
        self.attention, self.attended = MultiHeadAttention(width, heads, initialisation), AddNorm(width)
        self.feed_forward, self.fed = FeedForward(width, hidden, initialisation), AddNorm(width)

    def forward(self, x: Tensor, mask: Tensor | None = None) -> Tensor:
        x = self.attended(x, self.attention(x, x, x, mask))
        return self.fed(x, self.feed_forward(x))


class DecoderBlock(nn.Module):
    """Masked self-attention, cross-attention, feed-forward, each with add & norm.

    The decoder block of [notes 9.4]. `x` [batch, n, width] and the output `encoded` [batch, m, width] of the encoder →
    [batch, n, width]. `past` [batch, t, width] are the inputs of earlier steps; `x` attends to them too.
    """

    def __init__(self, width: int, heads: int, hidden: int) -> None:
        super().__init__()
        self.attention, self.attended = MultiHeadAttention(width, heads), AddNorm(width)
        self.cross_attention, self.crossed = MultiHeadAttention(width, heads), AddNorm(width)
        self.feed_forward, self.fed = FeedForward(width, hidden), AddNorm(width)

    def forward(self, x: Tensor, encoded: Tensor, past: Tensor, mask: Tensor | None = None) -> Tensor:
        seen = torch.cat([past, x], -2)
        visible = causal_mask(seen.shape[-2])[past.shape[-2] :].to(x.device)
        visible = visible.reshape(*[1] * (x.dim() - 2), *visible.shape)
        x = self.attended(x, self.attention(x, seen, seen, visible))
        x = self.crossed(x, self.cross_attention(x, encoded, encoded, mask))
        return self.fed(x, self.feed_forward(x))


class Transformer(nn.Module):
    """An encoder and a decoder for sequences of symbols [notes 9.4].

    Training: `forward(source, target)` uses the known target as the decoder's input (teacher forcing). `source`
    [batch, m] and `target` [batch, n] → logits [batch, n, symbols] of the symbol after each symbol of the target.
    Prediction: `predict(source, first, length)`, one step at a time. `mask` [batch, 1, m] is true for the symbols of
    the source that the model may attend to. All tensors of a stack have a first axis of networks.
    Raises `SettingError` if a size is below 1 or `heads` does not divide `width`, and `ValueError` for a sequence of
    more than `longest` symbols.
    """

    def __init__(
        self, symbols: int, width: int = 64, heads: int = 4, blocks: int = 2, hidden: int = 128, longest: int = 512
    ) -> None:
        super().__init__()
        require_sizes(symbols=symbols, width=width, blocks=blocks, hidden=hidden, longest=longest)
        self.longest = longest
        self.embedding = Embedding(symbols, width)
        self.encoder = nn.ModuleList(EncoderBlock(width, heads, hidden) for _ in range(blocks))
        self.decoder = nn.ModuleList(DecoderBlock(width, heads, hidden) for _ in range(blocks))
        self.head = Linear(width, symbols)

    def forward(self, source: Tensor, target: Tensor, mask: Tensor | None = None) -> Tensor:
        return self.decode(target, self.encode(source, mask), self.no_past(source), mask)[0]

    def encode(self, source: Tensor, mask: Tensor | None = None) -> Tensor:
        """The output of the encoder [batch, m, width]."""
        x = self.embed(source, 0)
        for block in self.encoder:
            x = block(x, mask)
        return x

    def decode(
        self, target: Tensor, encoded: Tensor, past: list[Tensor], mask: Tensor | None = None
    ) -> tuple[Tensor, list[Tensor]]:
        """Logits [batch, n, symbols] after each symbol of `target` [batch, n], and the `past` for later steps."""
        x, seen = self.embed(target, past[0].shape[-2]), []
        for block, before in zip(self.decoder, past, strict=True):
            seen.append(torch.cat([before, x], -2))
            x = block(x, encoded, before, mask)
        return self.head(x), seen

    @torch.no_grad()
    def predict(self, source: Tensor, first: int, length: int, mask: Tensor | None = None) -> Tensor:
        """Choose the most probable next symbol `length` times, starting after the symbol `first` → [batch, length]."""
        encoded, past = self.encode(source, mask), self.no_past(source)
        symbols = [torch.full_like(source[..., :1], first)]
        for _ in range(length):
            logits, past = self.decode(symbols[-1], encoded, past, mask)
            symbols.append(logits.argmax(-1))
        return torch.cat(symbols, -1)[..., 1:]

    def embed(self, symbols: Tensor, position: int) -> Tensor:
        """Embed symbols [batch, n] at the positions from `position` on → [batch, n, width]."""
        width, end = self.embedding.embedding_dim, position + symbols.shape[-1]
        if end > self.longest:
            raise ValueError(f"a sequence of {end} is longer than {self.longest}, the longest of this Transformer")
        x = self.embedding(symbols) * sqrt(width)
        return x + positions(self.longest, width, x.dtype, x.device)[position:end]

    def no_past(self, source: Tensor) -> list[Tensor]:
        """The `past` of the decoder before its first step."""
        width = self.embedding.embedding_dim
        return [self.embedding.weight.new_empty(*source.shape[:-1], 0, width) for _ in self.decoder]
