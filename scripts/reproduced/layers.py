"""Numbers of the notes' layers: initialisation, divergences, attention, sizes."""

from collections.abc import Callable
from fractions import Fraction
from functools import partial
from math import log, pi, sin, sqrt, tanh

import torch
from torch import Tensor, nn

from reproduced.number import Found, Number, Published, mean
from rlnotes.nn.activations import Logistic, Maxout, Softplus, Tanh
from rlnotes.nn.attention import gaussian_kernel, kernel_attention, scaled_dot_product
from rlnotes.nn.convolution import FeatureMaps, convolve, correlate, output_length, parameters_of_feature_maps
from rlnotes.nn.initialisation import initialise, variance
from rlnotes.nn.mlp import Linear
from rlnotes.nn.normalisation import batch_norm, layer_norm
from rlnotes.nn.recurrent import gru, lstm
from rlnotes.nn.transformer import Transformer, positional_encoding

SAMPLES = 100_000


def numbers(*values: float) -> Tensor:
    """A vector of double precision."""
    return torch.tensor(values, dtype=torch.float64)


def noise() -> Tensor:
    """Standard normals [samples], always the same."""
    return torch.randn(SAMPLES, dtype=torch.float64, generator=torch.Generator().manual_seed(0))


def identity(name: str, source: str, value: Published, ours: Callable[[], Tensor | float], **facts: float) -> Number:
    """A number that is computed exactly."""
    return Number(name, source, value, lambda: Found(float(ours())), **facts)


def sampled(name: str, source: str, value: Published, ours: Callable[[], Tensor]) -> Number:
    """The mean of a sample."""
    return Number(name, source, value, lambda: mean(ours().detach().double().numpy()))


def square_of_weights(scheme: str, inputs: int, outputs: int, *settings: object) -> Tensor:
    """The squares of random weights."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        initialise(weight := torch.empty(outputs, inputs), scheme, *settings)
    return weight.flatten().square()


def slope(f: nn.Module, x: float) -> Tensor:
    """f'(x)."""
    point = numbers(x).requires_grad_()
    return torch.autograd.grad(f(point).sum(), point)[0]


def receptive_field(layers: int) -> int:
    """The side of the square of inputs on which one output of a stack of 3 × 3 convolutions depends."""
    x = torch.zeros(1, 1, 15, 15, requires_grad=True)
    y = x
    for _ in range(layers):
        layer = FeatureMaps(1, 1, (3, 3))
        nn.init.ones_(layer.weight)
        y = layer(y)
    gradient = torch.autograd.grad(y[0, 0, y.shape[2] // 2, y.shape[3] // 2], x)[0]
    return int((gradient[0, 0] != 0).any(0).sum())


def parameters(layer: nn.Module) -> int:
    """The number of parameters."""
    return sum(parameter.numel() for parameter in layer.parameters())


def absolute(x: float) -> Tensor:
    """|x| by two pieces of maxout."""
    layer = Maxout(1, 1)
    layer.weight.data = torch.tensor([[[1.0]], [[-1.0]]])
    return layer(torch.tensor([[x]])).detach()


def zero_lstm() -> Tensor:
    """h of an LSTM whose parameters are 0, from c = 1."""
    zeros = [torch.zeros(shape, dtype=torch.float64) for shape in ((1,), (1,), (4, 1), (4, 1), (4,))]
    x, h, *weights = zeros
    return lstm(x, h, numbers(1.0), *weights)[0]


def zero_gru() -> Tensor:
    """h of a GRU whose parameters are 0, from h = 1."""
    return gru(
        numbers(0.0), numbers(1.0), *(torch.zeros(shape, dtype=torch.float64) for shape in ((3, 1), (3, 1), (3,)))
    )


HE = "He et al., ICCV 2015, section 2.2: VGG's standard deviations"
LECUN = "LeCun, Bottou, Bengio & Haffner (1998), section II.B"
DQN = "Mnih et al., Nature 518 (2015), Methods; exact: ⌊(M − K)/S⌋ + 1"
VGG = "Simonyan & Zisserman, ICLR 2015, section 2.3"
VASWANI = "Vaswani et al. (2017), section 3"
SHARED = "The paper has one matrix of 18.9 million numbers for embedding and output; ours has two. With one: 63.1."
BASE = {"symbols": 37_000, "width": 512, "heads": 8, "blocks": 6, "hidden": 2_048}
NUMBERS = [
    *(
        identity(
            f"He, 3 × 3 kernels, {maps} maps: standard deviation",
            HE,
            value,
            partial(lambda n: sqrt(variance("he_normal", 9 * n, n, "relu")), maps),
        )
        for maps, value in ((64, "0.059"), (128, "0.042"), (256, "0.029"), (512, "0.021"))
    ),
    sampled(
        "Xavier, 300 inputs, 200 outputs: variance of weights",
        "Glorot & Bengio (2010), (12): 2/(n + m)",
        Fraction(2, 500),
        lambda: square_of_weights("xavier_uniform", 300, 200),
    ),
    sampled(
        "He, 300 inputs: variance of weights",
        "He et al. (2015), (10): 2/n",
        Fraction(2, 300),
        lambda: square_of_weights("he_normal", 300, 200, "relu"),
    ),
    sampled(
        "He, 300 inputs, leaky ReLU with slope ½: variance of weights",
        "He et al. (2015), (15): 2/((1 + a²) n)",
        Fraction(2, 375),
        lambda: square_of_weights("he_normal", 300, 200, "leaky_relu", 0.5),
    ),
    identity("logistic: slope at 0", "exact: ¼", 0.25, lambda: slope(Logistic(), 0.0)),
    identity("tanh: slope at 1", "exact: 1 − tanh² 1", 1 - tanh(1) ** 2, lambda: slope(Tanh(), 1.0)),
    identity("softplus at 0", "Dugas et al. (2001); exact: log 2", log(2), lambda: Softplus()(numbers(0.0))),
    identity(
        "maxout of x and −x at −3",
        "Goodfellow et al., ICML 2013, Figure 1: absolute value",
        3.0,
        lambda: absolute(-3.0),
    ),
    identity(
        "attention of a query 0 to the values 1, 2, 6",
        f"{VASWANI}.2.1; exact: the mean",
        3.0,
        lambda: scaled_dot_product(torch.zeros(1, 4), torch.randn(3, 4), torch.tensor([[1.0], [2.0], [6.0]])),
        rounding=1e-6,
    ),
    identity(
        "attention, d = 4, q = 2 k₁, k₁ ⟂ k₂: weight of k₁",
        f"{VASWANI}.2.1; exact: σ(2/√4)",
        1 / (1 + 2.718281828459045**-1),
        lambda: scaled_dot_product(
            2 * torch.eye(4, dtype=torch.float64)[:1], torch.eye(4, dtype=torch.float64)[:2], numbers(1.0, 0.0)[:, None]
        ),
    ),
    identity(
        "Nadaraya–Watson between two keys",
        "Watson (1964); exact: the mean",
        6.0,
        lambda: kernel_attention(numbers(0.5), numbers(0.0, 1.0), numbers(5.0, 7.0)[:, None]),
    ),
    identity("Gaussian kernel at 0", "exact: 1/√(2π)", 1 / sqrt(2 * pi), lambda: gaussian_kernel(numbers(0.0))),
    identity(
        "positional encoding, width 4: P(1, 2)",
        f"{VASWANI}.5; exact: sin 0.01",
        sin(0.01),
        lambda: positional_encoding(2, 4)[1, 2],
        rounding=1e-7,
    ),
    identity(
        "Transformer base: millions of parameters",
        "Vaswani et al. (2017), Table 3",
        "65",
        lambda: parameters(Transformer(**BASE)) / 1e6,
        note=SHARED,
    ),
    identity(
        "cross-correlation of 1, 2, 3 with 1, 10: first",
        "exact: 1 + 20",
        21.0,
        lambda: correlate(numbers(1, 10), numbers(1, 2, 3))[0],
    ),
    identity(
        "convolution of 1, 2, 3 with 1, 10: first",
        "exact: 2 + 10",
        12.0,
        lambda: convolve(numbers(1, 10), numbers(1, 2, 3))[0],
    ),
    identity("LeNet-5, C1: parameters", LECUN, 156.0, lambda: parameters_of_feature_maps(6, 1, 5, 5)),
    identity("LeNet-5, C5: parameters", LECUN, 48_120.0, lambda: parameters(FeatureMaps(16, 120, (5, 5)))),
    identity("LeNet-5, F6: parameters", LECUN, 10_164.0, lambda: parameters(Linear(120, 84))),
    identity("LeNet-5, C1: side of a map", LECUN, 28.0, lambda: output_length(32, 5)),
    *(
        identity(
            f"DQN of Atari, layer {layer}: side of a map", DQN, value, partial(output_length, length, kernel, 0, stride)
        )
        for layer, length, kernel, stride, value in ((1, 84, 8, 4, 20.0), (2, 20, 4, 2, 9.0), (3, 9, 3, 1, 7.0))
    ),
    identity(
        "ResNet, first layer: side of a map",
        "He et al., CVPR 2016, Table 1",
        112.0,
        lambda: output_length(224, 7, 3, 2),
    ),
    *(
        identity(f"{n} layers of 3 × 3: side of the receptive field", VGG, value, partial(receptive_field, n))
        for n, value in ((2, 5.0), (3, 7.0))
    ),
    identity("LSTM with parameters 0 and c = 1: h", "Gers et al. (2000); exact: ½ tanh ½", tanh(0.5) / 2, zero_lstm),
    identity("GRU with parameters 0 and h = 1: h", "Cho et al. (2014), (7); exact: ½", 0.5, zero_gru),
    identity(
        "batch normalisation of 1 and 3: second",
        "Ioffe & Szegedy (2015), Algorithm 1; exact: 1/√(1 + ε)",
        (1 + 1e-5) ** -0.5,
        lambda: batch_norm(numbers(1, 3)[:, None], numbers(1), numbers(0))[1],
    ),
    identity(
        "layer normalisation of 1, 2, 3: third",
        "Ba, Kiros & Hinton (2016), (3); exact: 1/√(2/3 + ε)",
        (2 / 3 + 1e-5) ** -0.5,
        lambda: layer_norm(numbers(1, 2, 3), numbers(1, 1, 1), numbers(0, 0, 0))[2],
    ),
]
