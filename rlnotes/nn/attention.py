"""Attention 注意力机制 [notes 9.1 to 9.3]: a query takes the mean of values, weighted by how well their keys fit."""

from math import pi, sqrt

import torch
from torch import Tensor, nn
from torch.nn import functional

from rlnotes.base.errors import SettingError
from rlnotes.nn.mlp import Linear


def gaussian_kernel(u: Tensor) -> Tensor:
    """K(u) = e^{−u²/2} / √(2π) [notes 9.1]."""
    return (-(u**2) / 2).exp() / sqrt(2 * pi)


def kernel_attention(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    """Nadaraya and Watson's regression, Σ_i K(q − k_i) v_i / Σ_j K(q − k_j) of the Gaussian kernel K [notes 9.1].

    Queries `q` [..., n], keys `k` [..., m] and values `v` [..., m, d] → [..., n, d]. Computed as a softmax of
    −(q − k)²/2, so that a query far from every key gives no 0/0.
    Source: Nadaraya (1964); Watson (1964).
    """
    return attend(-((q[..., :, None] - k[..., None, :]) ** 2) / 2, v)


def scaled_dot_product(Q: Tensor, K: Tensor, V: Tensor, mask: Tensor | None = None) -> Tensor:
    """softmax(Q Kᵀ / √d) V, of the score a(q, k) = qᵀk / √d [notes 9.3].

    `Q` [..., n, d], `K` [..., m, d], `V` [..., m, v] → [..., n, v]; `mask` [..., n, m] says which keys may be
    looked at. A query that may look at none gets 0.
    """
    return attend(Q @ K.transpose(-1, -2) / sqrt(Q.shape[-1]), V, mask)


def attend(scores: Tensor, V: Tensor, mask: Tensor | None = None) -> Tensor:
    """The mean of `V` [..., m, v] for every query, weighted by the softmax of its `scores` [..., n, m]."""
    if mask is not None:
        scores = scores.masked_fill(~mask, -torch.inf)
        weights = scores.softmax(-1).masked_fill(~mask.any(-1, keepdim=True), 0)
    else:
        weights = scores.softmax(-1)
    return weights @ V


def causal_mask(n: int) -> Tensor:
    """[n, n], where query t may look at the keys up to t."""
    return torch.ones(n, n, dtype=torch.bool).tril()


def length_mask(lengths: Tensor, m: int) -> Tensor:
    """[batch, 1, m], where all queries of a sample may look at the first `lengths` [batch] keys."""
    return torch.arange(m, device=lengths.device) < lengths[:, None, None]


class AdditiveAttention(nn.Module):
    """Attention with the score a(q, k) = w_vᵀ tanh(W_q q + W_k k) [notes 9.2], where queries and keys differ in size.

    Queries [..., n, queries], keys [..., m, keys], values [..., m, v] → [..., n, v].
    Source: Bahdanau, Cho & Bengio (2015).
    """

    def __init__(self, queries: int, keys: int, units: int) -> None:
        super().__init__()
        self.W_q, self.W_k, self.w_v = (
            Linear(inputs, outputs, bias=False) for inputs, outputs in ((queries, units), (keys, units), (units, 1))
        )

    def forward(self, q: Tensor, k: Tensor, v: Tensor, mask: Tensor | None = None) -> Tensor:
        scores = self.w_v((self.W_q(q)[..., :, None, :] + self.W_k(k)[..., None, :, :]).tanh())
        return attend(scores.squeeze(-1), v, mask)


class MultiHeadAttention(nn.Module):
    """`scaled_dot_product` attention in several projections at once, the heads [notes 9.3, 9.4].

    head_i = softmax(Q W_i^Q (K W_i^K)ᵀ / √d) V W_i^V, side by side, times W^O, with d = width / heads

    Queries [..., n, width], keys and values [..., m, width] → [..., n, width]; `mask` [..., n, m] says which keys a
    query may look at, all heads alike. Computed by torch's kernel. Raises `SettingError` where the heads do not divide
    the width.
    Source: Vaswani et al., Attention is all you need (2017).
    """

    def __init__(self, width: int, heads: int, initialisation: str = "auto") -> None:
        super().__init__()
        if heads < 1 or width % heads:
            raise SettingError("heads", heads, f"must divide the width, {width}")
        self.heads = heads
        self.W_q, self.W_k, self.W_v, self.W_o = (Linear(width, width, initialisation) for _ in range(4))

    def forward(self, q: Tensor, k: Tensor, v: Tensor, mask: Tensor | None = None) -> Tensor:
        q, k, v = (x.unflatten(-1, (self.heads, -1)).transpose(-2, -3) for x in (self.W_q(q), self.W_k(k), self.W_v(v)))
        mask = None if mask is None else mask.unsqueeze(-3)
        mixed = functional.scaled_dot_product_attention(q, k, v, mask)
        return self.W_o(mixed.transpose(-2, -3).flatten(-2))

    def extra_repr(self) -> str:
        return f"heads={self.heads}"
