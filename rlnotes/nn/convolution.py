"""Convolution 卷积 [notes 6]: the formulas of the notes in one and two dimensions, and feature maps, by torch."""

from math import prod

from torch import Tensor, nn
from torch.nn.functional import conv2d, pad

from rlnotes.base.errors import SettingError
from rlnotes.nn.base.checks import require_sizes


def output_length(length: int, kernel: int, padding: int = 0, stride: int = 1) -> int:
    """⌊(M − K + 2P) / S⌋ + 1, the number of outputs along one side [notes 6.3].

    Raises `SettingError` if the kernel does not fit into the padded input.
    """
    require_sizes(kernel=kernel, stride=stride)
    if padding < 0:
        raise SettingError("padding", padding, "must be 0 or more")
    if kernel > length + 2 * padding:
        requirement = f"does not fit into an input of {length}, padded by {padding} on both sides"
        raise SettingError("kernel", kernel, requirement)
    return (length - kernel + 2 * padding) // stride + 1


def correlate(w: Tensor, x: Tensor, padding: int = 0, stride: int = 1) -> Tensor:
    """Compute the cross-correlation 互相关 W ⊗ X, which libraries call convolution [notes 6.2].

    y_t = Σ_k w_k x_{t+k−1},    y_ij = Σ_u Σ_v w_uv x_{i+u−1, j+v−1}

    `w` [K] or [U, V]; `x` [..., M] or [..., M, N]. A side of M inputs has ⌊(M − K + 2P) / S⌋ + 1 outputs.
    Raises `SettingError` if the kernel has another number of axes, or does not fit into the padded input.
    """
    if not 1 <= w.dim() <= min(2, x.dim()):
        requirement = f"must be the shape of a kernel [K] or [U, V] with no more axes than the input, {list(x.shape)}"
        raise SettingError("kernel", list(w.shape), requirement)
    for length, kernel in zip(x.shape[-w.dim() :], w.shape, strict=True):
        output_length(length, kernel, padding, stride)
    x = pad(x, (padding, padding) * w.dim())
    if w.dim() == 1:
        return x.unfold(-1, len(w), stride) @ w
    patches = x.unfold(-2, w.shape[0], stride).unfold(-2, w.shape[1], stride)
    return (patches * w).sum((-2, -1))


def convolve(w: Tensor, x: Tensor, padding: int = 0, stride: int = 1) -> Tensor:
    """Compute the convolution W * X: the cross-correlation with the flipped kernel [notes 6.1].

    y_t = Σ_k w_k x_{t−k+1},    y_ij = Σ_u Σ_v w_uv x_{i−u+1, j−v+1}

    for all t, i and j for which the sum uses only elements of the input. Shapes as in `correlate`. Torch has no true
    convolution.
    """
    return correlate(w.flip(tuple(range(w.dim()))), x, padding, stride)


def full_convolve(w: Tensor, x: Tensor) -> Tensor:
    """Compute W ⊛ X̃, the convolution of X padded by K − 1 zeros on both sides [notes 6.4].

    It is commutative: W ⊛ X̃ = X ⊛ W̃.

    `w` [K] or [U, V]; `x` [M] or [M, N] → [M + K − 1] or [M + U − 1, N + V − 1].
    """
    return convolve(w, pad(x, [side - 1 for side in reversed(w.shape) for _ in range(2)]))


def kernel_gradient(gradient: Tensor, x: Tensor) -> Tensor:
    """∂f/∂W = ∂f/∂Y ⊗ X for Y = W ⊗ X; `gradient` is ∂f/∂Y, in the shape of Y [notes 6.5]."""
    return correlate(gradient, x)


class FeatureMaps(nn.Conv2d):
    """A layer with P output maps from D input maps.

    Z^p = Σ_d W^{p,d} ⊗ X^d + b^p,    P·D·U·V weights and P biases [notes 6.6]

    [batch, D, M, N] → [batch, P, ...]. Implemented by torch; a stack of networks is one grouped convolution. The
    activation Y^p = f(Z^p) is a layer of its own.
    Raises `SettingError` if a size is below 1.
    """

    def __init__(self, depth: int, maps: int, kernel: int | tuple[int, int], stride: int = 1, padding: int = 0) -> None:
        require_sizes(depth=depth, maps=maps)
        super().__init__(depth, maps, kernel, stride, padding)

    def forward(self, x: Tensor) -> Tensor:
        if self.weight.dim() == 4:
            return super().forward(x)
        assert self.bias is not None
        networks = len(self.weight)
        side_by_side = x.transpose(0, 1).flatten(1, 2)
        sizes = self.stride, self.padding, self.dilation, networks
        y = conv2d(side_by_side, self.weight.flatten(0, 1), self.bias.flatten(), *sizes)  # type: ignore[arg-type]
        return y.unflatten(1, (networks, -1)).transpose(0, 1)


def parameters_of_feature_maps(maps: int, depth: int, *kernel: int) -> int:
    """P·D·U·V + P [notes 6.6]."""
    return maps * depth * prod(kernel) + maps
