"""Attention 注意力机制 [notes 9.1 to 9.3]: a mean of values, weighted by how well each key matches the query."""

from collections.abc import Sequence
from math import pi, sqrt

import torch
from torch import Tensor, nn
from torch.nn import functional

from rlnotes.base.errors import SettingError
from rlnotes.nn.base.checks import require_sizes
from rlnotes.nn.mlp import Linear


def gaussian_kernel(u: Tensor) -> Tensor:
    """K(u) = e^{−u²/2} / √(2π) [notes 9.1]."""
    return (-(u**2) / 2).exp() / sqrt(2 * pi)


def kernel_attention(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    """Compute the Nadaraya–Watson regression with the Gaussian kernel K [notes 9.1].

    Σ_i K(q − k_i) v_i / Σ_j K(q − k_j)

    Queries `q` [..., n], keys `k` [..., m] and values `v` [..., m, d] → [..., n, d]. The weights are computed as a
    softmax of −(q − k)²/2, so a query far from every key does not give 0/0.
    Source: Nadaraya (1964); Watson (1964).
    """
    return attend(-((q[..., :, None] - k[..., None, :]) ** 2) / 2, v)


def scaled_dot_product(Q: Tensor, K: Tensor, V: Tensor, mask: Tensor | None = None) -> Tensor:
    """softmax(Q Kᵀ / √d) V, with the score a(q, k) = qᵀk / √d [notes 9.3].

    `Q` [..., n, d], `K` [..., m, d], `V` [..., m, v] → [..., n, v]. `mask` [..., n, m] is true for the keys that a
    query may attend to. The output of a query without any such key is 0. A mask has as many axes as the queries, with
    size 1 where it is the same for all: `causal_mask(n)[None]` for a batch.
    Raises `ValueError` for another mask, because [n, m] and [batch, m] look alike.
    """
    return attend(Q @ K.transpose(-1, -2) / sqrt(Q.shape[-1]), V, mask)


def attend(scores: Tensor, V: Tensor, mask: Tensor | None = None) -> Tensor:
    """Average `V` [..., m, v] for every query, with weights softmax of its `scores` [..., n, m] → [..., n, v]."""
    if mask is not None:
        require_mask(mask, scores.shape[:-1], scores.shape[-1])
    return attention_weights(scores, mask) @ V


def attention_weights(scores: Tensor, mask: Tensor | None = None) -> Tensor:
    """The softmax of the `scores` [..., n, m] over the keys of the `mask`; 0 for a query without a key."""
    if mask is None:
        return scores.softmax(-1)
    return scores.masked_fill(~mask, -torch.inf).softmax(-1).masked_fill(~mask.any(-1, keepdim=True), 0)


def require_mask(mask: Tensor, queries: Sequence[int], keys: int) -> None:
    """Raise `ValueError` unless a mask fits queries [..., n] and `keys` m: true or false, [..., n, m]."""
    if mask.dtype != torch.bool:
        raise ValueError(f"mask must have true and false, torch.bool, not {mask.dtype}")
    *given, last = mask.shape
    if (
        len(given) != len(queries)
        or last != keys
        or any(one not in (1, n) for one, n in zip(given, queries, strict=True))
    ):
        sizes = [*(f"{n} or 1" if n != 1 else "1" for n in queries), str(keys)]
        hint = "; mask[None] is the same for the whole batch" if len(given) < len(queries) else ""
        raise ValueError(f"mask must be [{', '.join(sizes)}], not {list(mask.shape)}{hint}")


def causal_mask(n: int) -> Tensor:
    """The mask [n, n] that lets query t attend to keys 1 to t."""
    return torch.ones(n, n, dtype=torch.bool).tril()


def length_mask(lengths: Tensor, m: int) -> Tensor:
    """The mask [batch, 1, m] that lets the queries of a sample attend to its first keys, `lengths` [batch] of them."""
    return torch.arange(m, device=lengths.device) < lengths[:, None, None]


class AdditiveAttention(nn.Module):
    """Attention with the score a(q, k) = w_vᵀ tanh(W_q q + W_k k) [notes 9.2].

    Queries [..., n, queries], keys [..., m, keys], values [..., m, v] → [..., n, v]; queries and keys may have
    different sizes. `mask` as in `scaled_dot_product`.
    Raises `SettingError` if a size is below 1.
    Source: Bahdanau, Cho & Bengio (2015).
    """

    def __init__(self, queries: int, keys: int, units: int) -> None:
        super().__init__()
        require_sizes(queries=queries, keys=keys, units=units)
        self.W_q, self.W_k, self.w_v = (
            Linear(inputs, outputs, bias=False) for inputs, outputs in ((queries, units), (keys, units), (units, 1))
        )

    def forward(self, q: Tensor, k: Tensor, v: Tensor, mask: Tensor | None = None) -> Tensor:
        scores = self.w_v((self.W_q(q)[..., :, None, :] + self.W_k(k)[..., None, :, :]).tanh())
        return attend(scores.squeeze(-1), v, mask)


class MultiHeadAttention(nn.Module):
    """`scaled_dot_product` attention in several projections, the heads.

    head_i = softmax(Q W_i^Q (K W_i^K)ᵀ / √d) V W_i^V, concatenated, times W^O, with d = width / heads [notes 9.3, 9.4]

    Queries [..., n, width], keys and values [..., m, width] → [..., n, width]. `mask` [..., n, m] is true for the keys
    that a query may attend to, as in `scaled_dot_product`; it is the same for all heads. Torch's kernel computes the
    heads. It has only first derivatives in reverse mode. Inside `torch.nn.attention.sdpa_kernel(SDPBackend.MATH)` all
    derivatives exist. Raises `SettingError` if `heads` does not divide `width`, and `ValueError` for another mask.
    Source: Vaswani et al., Attention is all you need (2017).
    """

    def __init__(self, width: int, heads: int, initialisation: str = "auto") -> None:
        super().__init__()
        require_sizes(width=width)
        if heads < 1 or width % heads:
            raise SettingError("heads", heads, f"must divide the width, {width}")
        self.heads = heads
        self.W_q, self.W_k, self.W_v, self.W_o = (Linear(width, width, initialisation) for _ in range(4))

    def forward(self, q: Tensor, k: Tensor, v: Tensor, mask: Tensor | None = None) -> Tensor:
        if mask is not None:
            require_mask(mask, q.shape[:-1], k.shape[-2])
        Q, K, V = self.by_head(self.W_q(q)), self.by_head(self.W_k(k)), self.by_head(self.W_v(v))
        mask = None if mask is None else mask.unsqueeze(-3)
        mixed = functional.scaled_dot_product_attention(Q, K, V, mask)
        return self.W_o(mixed.transpose(-2, -3).flatten(-2))

    def weights(self, q: Tensor, k: Tensor, mask: Tensor | None = None) -> Tensor:
        """softmax(q W_i^Q (k W_i^K)ᵀ / √d) of each head [..., heads, n, m], which torch's kernel does not return."""
        Q, K = self.by_head(self.W_q(q)), self.by_head(self.W_k(k))
        scores = Q @ K.transpose(-1, -2) / sqrt(Q.shape[-1])
        return attention_weights(scores, None if mask is None else mask.unsqueeze(-3))

    def by_head(self, x: Tensor) -> Tensor:
        """Divide the width among the heads: [..., n, width] → [..., heads, n, width / heads]."""
        return x.unflatten(-1, (self.heads, -1)).transpose(-2, -3)

    def extra_repr(self) -> str:
        return f"heads={self.heads}"
