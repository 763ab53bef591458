"""Initialisation 参数初始化 [notes 4]: random weights that keep the variance of signals and gradients."""

from math import sqrt

from torch import Tensor, nn

from rlnotes.base.errors import SettingError

SCHEMES = ("auto", "xavier_uniform", "xavier_normal", "he_uniform", "he_normal", "torch")
"""`auto` is Xavier's where the activation is logistic, tanh, maxout or none, else He's; `torch` what torch would do"""


def variance(scheme: str, inputs: int, outputs: int, activation: str = "tanh", slope: float = 0.0) -> float:
    """Var(w) of a layer with M_{l−1} inputs and M_l outputs [notes 4.1, 4.2, 4.3].

    Xavier    2 / (M_{l−1} + M_l), and 16 times that for logistic, whose slope at 0 is ¼ [notes 4.2]
    He        2 / M_{l−1}, for ReLU, which lets half through; 2 / ((1 + γ²) M_{l−1}) for a leaky one [notes 4.3]
    torch     1 / (3 M_{l−1})

    since Var(a^l) = M_{l−1} Var(w) Var(a^{l−1}): forward it would be 1 / M_{l−1}, backward 1 / M_l, and Xavier's is the
    mean of both denominators [notes 4.1].
    Raises `ValueError` where there is no such scheme. Source: Glorot & Bengio (2010); He et al. (2015).
    """
    if scheme == "auto":
        scheme = "xavier_uniform" if activation in ("logistic", "tanh", "maxout", "none") else "he_uniform"
    if scheme not in SCHEMES:
        raise SettingError.choice("initialisation", scheme, SCHEMES)
    if scheme.startswith("xavier"):
        return (16 if activation == "logistic" else 1) * 2 / (inputs + outputs)
    if scheme.startswith("he"):
        return 2 / ((1 + slope**2) * inputs)
    return 1 / (3 * inputs)


def initialise(weight: Tensor, scheme: str = "auto", activation: str = "tanh", slope: float = 0.0) -> None:
    """Fill `weight` [M_l, M_{l−1}, ...], where what follows is the kernel, with random numbers of the `variance`.

    Uniform ones are from −r to r with r = √(3 Var(w)): √(6 / (M_{l−1} + M_l)) of Xavier's, 4 times that for logistic
    [notes 4.2], √(6 / M_{l−1}) of He's [notes 4.3].
    """
    kernel = weight[0, 0].numel()
    spread = variance(scheme, weight.shape[1] * kernel, weight.shape[0] * kernel, activation, slope)
    if scheme.endswith("normal"):
        nn.init.normal_(weight, std=sqrt(spread))
    else:
        nn.init.uniform_(weight, -sqrt(3 * spread), sqrt(3 * spread))
