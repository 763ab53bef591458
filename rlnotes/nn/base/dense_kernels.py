"""Compiled dense layers of a stack, and their gradient by back-propagation.

`theta` [runs, numbers] has the numbers of each run in a row: those of layer l begin at `places[l]`, W^l as
[inputs, outputs], then b^l. `widths` has the inputs of the first layer and the outputs of all layers. Every layer but
perhaps the last has ReLU. Batches are [runs, batch, width].
"""

import numpy as np

from rlnotes.base.kernels import ConstFloat32Cube, Float32Cube, Float32Matrix, IntVector, kernel


@kernel()
def forward(
    theta: Float32Matrix, places: IntVector, widths: IntVector, last_relu: bool, x: ConstFloat32Cube, a: Float32Matrix
) -> None:
    """a^l = f(W^l a^{l−1} + b^l), for all layers; `a` [runs, batch · outputs of all layers] is filled."""
    batch, layers = x.shape[1], len(widths) - 1
    for run in range(len(theta)):
        before, begin = x[run], 0
        for layer in range(layers):
            n, m, at = widths[layer], widths[layer + 1], places[layer]
            W, b = theta[run, at : at + n * m].reshape(n, m), theta[run, at + n * m : at + n * m + m]
            z = a[run, begin : begin + batch * m].reshape(batch, m)
            np.dot(before, W, z)
            relu = last_relu or layer + 1 < layers
            for i in range(batch):
                for j in range(m):
                    value = z[i, j] + b[j]
                    z[i, j] = np.float32(0) if relu and value < 0 else value  # NaN stays
            before, begin = z, begin + batch * m


@kernel()
def back_propagate(
    theta: Float32Matrix,
    places: IntVector,
    widths: IntVector,
    last_relu: bool,
    x: ConstFloat32Cube,
    a: Float32Matrix,
    delta: Float32Cube,
    gradient: Float32Matrix,
    of_x: Float32Cube,
) -> None:
    """∂L/∂W^l = Σ δ^l (a^{l−1})ᵀ,    ∂L/∂b^l = Σ δ^l,    ∂L/∂a^{l−1} = (W^l)ᵀ δ^l,    δ^l = f'(z^l) ⊙ ∂L/∂a^l

    `delta` is ∂L/∂a of the last layer. `gradient`, as large as `theta`, is filled where the layers have their numbers,
    and `of_x`, ∂L/∂x, unless it is empty.
    """
    batch, layers = x.shape[1], len(widths) - 1
    for run in range(len(theta)):
        d, begin = delta[run].copy(), a.shape[1]
        for layer in range(layers - 1, -1, -1):
            n, m, at = widths[layer], widths[layer + 1], places[layer]
            begin -= batch * m
            if last_relu or layer + 1 < layers:
                y = a[run, begin : begin + batch * m].reshape(batch, m)
                for i in range(batch):
                    for j in range(m):
                        if y[i, j] <= 0:
                            d[i, j] = 0
            before = x[run] if layer == 0 else a[run, begin - batch * n : begin].reshape(batch, n)
            np.dot(before.T, d, gradient[run, at : at + n * m].reshape(n, m))
            of_b = gradient[run, at + n * m : at + n * m + m]
            of_b[:] = 0
            for i in range(batch):
                for j in range(m):
                    of_b[j] += d[i, j]
            W = theta[run, at : at + n * m].reshape(n, m)
            if layer:
                d = np.dot(d, W.T)
            elif of_x.size:
                np.dot(d, W.T, of_x[run])
