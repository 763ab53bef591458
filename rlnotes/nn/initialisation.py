"""Initialisation 参数初始化 [notes 4]: random weights that preserve the variance of signals and gradients."""

from math import sqrt

from torch import Tensor, nn

from rlnotes.base.errors import SettingError

SCHEMES = (
    "auto",
    *(f"{scheme}_{law}" for scheme in ("xavier", "he", "fan_in", "fan_out") for law in ("uniform", "normal")),
    "torch",
)
"""`auto`: `xavier_uniform` for logistic, tanh, maxout and no activation, else `he_uniform`; `torch`: torch's default"""


def variance(scheme: str, inputs: int, outputs: int, activation: str = "tanh", slope: float = 0.0) -> float:
    """Var(w) of a layer with M_{l−1} inputs and M_l outputs [notes 4.1, 4.2, 4.3].

    Xavier    2 / (M_{l−1} + M_l); 16 times that for logistic, whose slope at 0 is ¼ [notes 4.2]
    He        2 / M_{l−1} for ReLU, which passes half of its inputs; 2 / ((1 + γ²) M_{l−1}) for leaky ReLU [notes 4.3]
    fan_in    1 / M_{l−1}, for the forward pass of linear units [notes 4.1]
    fan_out   1 / M_l, for their backward pass [notes 4.1]
    torch     1 / (3 M_{l−1})

    Reason: Var(a^l) = M_{l−1} Var(w) Var(a^{l−1}). The forward pass needs 1 / M_{l−1}, the backward pass 1 / M_l;
    Xavier averages the two denominators [notes 4.1].
    Raises `SettingError` if the scheme is unknown.
    Source: Glorot & Bengio (2010); He et al. (2015).
    """
    if scheme == "auto":
        scheme = "xavier_uniform" if activation in ("logistic", "tanh", "maxout", "none") else "he_uniform"
    if scheme not in SCHEMES:
        raise SettingError.choice("initialisation", scheme, SCHEMES)
    if scheme.startswith("xavier"):
        return (16 if activation == "logistic" else 1) * 2 / (inputs + outputs)
    if scheme.startswith("he"):
        return 2 / ((1 + slope**2) * inputs)
    if scheme.startswith("fan"):
        return 1 / (inputs if scheme.startswith("fan_in") else outputs)
    return 1 / (3 * inputs)


def initialise(weight: Tensor, scheme: str = "auto", activation: str = "tanh", slope: float = 0.0) -> None:
    """Fill `weight` [M_l, M_{l−1}, *kernel] with random numbers that have the `variance` of the scheme.

    Uniform numbers are drawn from −r to r with r = √(3 Var(w)). So r = √(6 / (M_{l−1} + M_l)) for Xavier, 4 times that
    for logistic [notes 4.2]; r = √(6 / M_{l−1}) for He [notes 4.3].
    """
    kernel = weight[0, 0].numel()
    var = variance(scheme, weight.shape[1] * kernel, weight.shape[0] * kernel, activation, slope)
    if scheme.endswith("normal"):
        nn.init.normal_(weight, std=sqrt(var))
    else:
        nn.init.uniform_(weight, -sqrt(3 * var), sqrt(3 * var))
