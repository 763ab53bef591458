"""The Transformer [notes 9.4]: layers of attention that read a sequence, and write another one item at a time.

Source: Vaswani et al., Attention is all you need (2017), whose order is kept: add, then normalise.
"""

from math import sqrt

import torch
from torch import Tensor, nn

from rlnotes.base.errors import SettingError
from rlnotes.nn.attention import MultiHeadAttention, causal_mask
from rlnotes.nn.mlp import MLP, Linear
from rlnotes.nn.normalisation import LayerNorm


def positional_encoding(length: int, width: int) -> Tensor:
    """P [length, width] that tells positions apart [notes 9.4].

    P_{t,2j} = sin(t / 10000^{2j/width}),    P_{t,2j+1} = cos(t / 10000^{2j/width})
    """
    angle = torch.arange(length)[:, None] / 10_000 ** (torch.arange(0, width, 2) / width)
    return torch.stack([angle.sin(), angle.cos()], -1).flatten(1)[:, :width]


class AddNorm(nn.Module):
    """layer_norm(x + y), of what goes into a layer and what comes out [notes 5.4, 9.4]. [..., width] each."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.norm = LayerNorm(width)

    def forward(self, x: Tensor, y: Tensor) -> Tensor:
        return self.norm(x + y)


class FeedForward(MLP):
    """W₂ ReLU(W₁ x + b₁) + b₂, the same at every position [notes 9.4]. [..., width] → [..., width]."""

    def __init__(self, width: int, hidden: int, initialisation: str = "auto") -> None:
        super().__init__(width, [hidden], width, initialisation=initialisation)


class EncoderBlock(nn.Module):
    """Self-attention, add & norm, feed-forward, add & norm [notes 9.4]. [batch, n, width] → the same."""

    def __init__(self, width: int, heads: int, hidden: int, initialisation: str = "auto") -> None:
        super().__init__()
        self.attention, self.attended = MultiHeadAttention(width, heads, initialisation), AddNorm(width)
        self.feed_forward, self.fed = FeedForward(width, hidden, initialisation), AddNorm(width)

    def forward(self, x: Tensor, mask: Tensor | None = None) -> Tensor:
        x = self.attended(x, self.attention(x, x, x, mask))
        return self.fed(x, self.feed_forward(x))


class DecoderBlock(nn.Module):
    """Masked self-attention, cross-attention to what the encoder made, feed-forward, each with add & norm [notes 9.4].

    `x` [batch, n, width] and `memory` [batch, m, width] → [batch, n, width]. `past` [batch, t, width] are the inputs of
    earlier steps, which those of `x` look at too.
    """

    def __init__(self, width: int, heads: int, hidden: int) -> None:
        super().__init__()
        self.attention, self.attended = MultiHeadAttention(width, heads), AddNorm(width)
        self.cross_attention, self.crossed = MultiHeadAttention(width, heads), AddNorm(width)
        self.feed_forward, self.fed = FeedForward(width, hidden), AddNorm(width)

    def forward(self, x: Tensor, memory: Tensor, past: Tensor, mask: Tensor | None = None) -> Tensor:
        seen = torch.cat([past, x], 1)
        visible = causal_mask(seen.shape[1])[past.shape[1] :].to(x.device)
        x = self.attended(x, self.attention(x, seen, seen, visible))
        x = self.crossed(x, self.cross_attention(x, memory, memory, mask))
        return self.fed(x, self.feed_forward(x))


class Transformer(nn.Module):
    """An encoder and a decoder of sequences of symbols [notes 9.4].

    Training: `forward(source, target)`, where the target is known and every step sees the ones before it (teacher
    forcing), `source` [batch, m] and `target` [batch, n] → logits [batch, n, symbols] of what follows each item.
    Prediction: `predict(source, first, length)`, one step at a time. `mask` [batch, 1, m] says which items of the
    source count. Raises `SettingError` where the heads do not divide the width.
    """

    positions: Tensor

    def __init__(
        self, symbols: int, width: int = 64, heads: int = 4, blocks: int = 2, hidden: int = 128, longest: int = 512
    ) -> None:
        super().__init__()
        if blocks < 1:
            raise SettingError("blocks", blocks, "must be 1 or more")
        self.embedding = nn.Embedding(symbols, width)
        nn.init.normal_(self.embedding.weight, std=1 / sqrt(width))
        self.register_buffer("positions", positional_encoding(longest, width), persistent=False)
        self.encoder = nn.ModuleList(EncoderBlock(width, heads, hidden) for _ in range(blocks))
        self.decoder = nn.ModuleList(DecoderBlock(width, heads, hidden) for _ in range(blocks))
        self.head = Linear(width, symbols)

    def forward(self, source: Tensor, target: Tensor, mask: Tensor | None = None) -> Tensor:
        return self.decode(target, self.encode(source, mask), self.nothing(source), mask)[0]

    def encode(self, source: Tensor, mask: Tensor | None = None) -> Tensor:
        """What the decoder looks at [batch, m, width]."""
        x = self.embed(source, 0)
        for block in self.encoder:
            x = block(x, mask)
        return x

    def decode(
        self, target: Tensor, memory: Tensor, past: list[Tensor], mask: Tensor | None = None
    ) -> tuple[Tensor, list[Tensor]]:
        """Logits [batch, n, symbols] after each item of `target` [batch, n], and what later steps need as `past`."""
        x, seen = self.embed(target, past[0].shape[1]), []
        for block, before in zip(self.decoder, past, strict=True):
            seen.append(torch.cat([before, x], 1))
            x = block(x, memory, before, mask)
        return self.head(x), seen

    @torch.no_grad()
    def predict(self, source: Tensor, first: int, length: int, mask: Tensor | None = None) -> Tensor:
        """The most probable next symbol, `length` times, after the symbol `first` [batch, length]."""
        memory, past = self.encode(source, mask), self.nothing(source)
        symbols = [torch.full_like(source[:, :1], first)]
        for _ in range(length):
            logits, past = self.decode(symbols[-1], memory, past, mask)
            symbols.append(logits.argmax(-1))
        return torch.cat(symbols, 1)[:, 1:]

    def embed(self, symbols: Tensor, position: int) -> Tensor:
        """[batch, n, width], with the encoding of the positions from `position` on."""
        width, end = self.embedding.embedding_dim, position + symbols.shape[1]
        if end > len(self.positions):
            raise ValueError(
                f"a sequence of {end} is longer than {len(self.positions)}, the longest of this Transformer"
            )
        return self.embedding(symbols) * sqrt(width) + self.positions[position:end]

    def nothing(self, source: Tensor) -> list[Tensor]:
        """The `past` of a decoder that has not begun."""
        width = self.embedding.embedding_dim
        return [self.positions.new_empty(len(source), 0, width) for _ in self.decoder]
