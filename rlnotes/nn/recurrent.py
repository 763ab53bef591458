"""Recurrent networks 循环神经网络 [notes 7]: one step of each as a formula, and layers for whole sequences."""

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from rlnotes.base.errors import SettingError
from rlnotes.nn.activations import ACTIVATIONS
from rlnotes.nn.base.checks import require_shape, require_sizes
from rlnotes.nn.base.lstm_steps import LSTMSteps
from rlnotes.nn.base.stack import linear

Step = Callable[[Tensor], Tensor]


def rnn(x: Tensor, h: Tensor, W: Tensor, U: Tensor, b: Tensor, f: Step = torch.tanh) -> Tensor:
    """h_t = f(U h_{t−1} + W x_t + b) with f logistic, tanh or ReLU [notes 7.1].

    `x` [..., inputs], `h` [..., units] → [..., units].
    """
    return rnn_of(linear(x, W, b), h, U, f)


def rnn_of(wx: Tensor, h: Tensor, U: Tensor, f: Step = torch.tanh) -> Tensor:
    """`rnn` with W x_t + b already computed."""
    return f(linear(h, U) + wx)


def lstm(x: Tensor, h: Tensor, c: Tensor, W: Tensor, U: Tensor, b: Tensor) -> tuple[Tensor, Tensor]:
    """h_t and c_t of long short-term memory [notes 7.2].

    i, f, o = σ(W x_t + U h_{t−1} + b),    c̃_t = tanh(W_c x_t + U_c h_{t−1} + b_c)
    c_t = f ⊙ c_{t−1} + i ⊙ c̃_t,           h_t = o ⊙ tanh(c_t)

    `x` [..., inputs]; `h`, `c` [..., units]. `W` [4 units, inputs], `U` [4 units, units] and `b` [4 units] hold the
    parameters of i, f, c̃ and o, in torch's order.
    Source: Hochreiter & Schmidhuber (1997); Gers et al. (2000).
    """
    i, f, c_new, o = (linear(h, U) + linear(x, W, b)).chunk(4, -1)
    c = f.sigmoid() * c + i.sigmoid() * c_new.tanh()
    return o.sigmoid() * c.tanh(), c


def gru(x: Tensor, h: Tensor, W: Tensor, U: Tensor, b: Tensor) -> Tensor:
    """h_t of the gated recurrent unit, whose reset gate acts before U_h [notes 7.3].

    z_t = σ(W_z x_t + U_z h_{t−1} + b_z),    r_t = σ(W_r x_t + U_r h_{t−1} + b_r)
    h̃_t = tanh(W_h x_t + U_h (r_t ⊙ h_{t−1}) + b_h)
    h_t = z_t ⊙ h_{t−1} + (1 − z_t) ⊙ h̃_t

    `x` [..., inputs]; `h` [..., units]. `W` [3 units, inputs], `U` [3 units, units] and `b` [3 units] hold the
    parameters of r, z and h̃, in torch's order. Torch's GRU differs: it has r_t ⊙ (U_h h_{t−1} + b).
    Source: Cho et al. (2014), version 1.
    """
    return gru_of(linear(x, W, b), h, *U.tensor_split((2 * h.shape[-1],), -2))


def gru_of(wx: Tensor, h: Tensor, U_rz: Tensor, U_h: Tensor) -> Tensor:
    """`gru` with W x_t + b already computed."""
    units = h.shape[-1]
    r, z = (wx[..., : 2 * units] + linear(h, U_rz)).sigmoid().chunk(2, -1)
    h_new = (wx[..., 2 * units :] + linear(r * h, U_h)).tanh()
    return h_new + z * (h - h_new)


def bptt(x: Tensor, W: Tensor, U: Tensor, b: Tensor, gradient: Tensor) -> Tensor:
    """Compute ∂L/∂U of a tanh `rnn` with h_0 = 0, by back-propagation through time [notes 7.4].

    ∂L_t/∂U = Σ_{k=1}^t δ_{t,k} h_{k−1}ᵀ,    δ_{t,k} = ∂L_t/∂z_k

    With z_k = U h_{k−1} + W x_k + b: δ_{t,t} = tanh'(z_t) ⊙ ∂L_t/∂h_t and δ_{t,k−1} = tanh'(z_{k−1}) ⊙ Uᵀ δ_{t,k}.
    `x` [time, inputs]; `gradient` [time, units] is ∂L_t/∂h_t, for a loss L = Σ_t L_t in which only L_t depends directly
    on h_t.
    """
    h = [U.new_zeros(len(U))]
    for x_t in x:
        h.append(rnn(x_t, h[-1], W, U, b))
    total, delta = torch.zeros_like(U), torch.zeros_like(h[0])
    for k in range(len(x), 0, -1):  # δ_k = Σ_{t≥k} δ_{t,k}
        delta = (1 - h[k] ** 2) * (gradient[k - 1] + U.T @ delta)
        total += torch.outer(delta, h[k - 1])
    return total


def error_terms(layer: "Unrolled", x: Tensor, loss: Callable[[Tensor], Tensor]) -> Tensor:
    """δ_{t,k} = ∂L_t/∂z_k of any recurrent layer [batch, time, gates · units], for k = 1, …, time [notes 7.4].

    z_k = W x_k + U h_{k−1} + b is the input of all gates at step k. `loss` computes L_t from all h_t [batch, time,
    units]. In the candidate of a GRU, U_h multiplies r_k ⊙ h_{k−1}. `x` [batch, time, inputs], also of a stack.
    """
    layer.check(x, None, None)
    z = linear(x, layer.weight_ih_l0, layer.b).detach().requires_grad_()
    h, _ = layer.unroll(z, None, None)
    return torch.autograd.grad(loss(h), z)[0]


STATES = {1: "one tensor", 2: "a pair of tensors"}


class Unrolled:
    """A recurrent layer that can process a sequence step by step."""

    activation = "none"
    """activation for which the initial weights of a gate are chosen"""

    weight_ih_l0: Tensor
    weight_hh_l0: Tensor
    bias_ih_l0: Tensor
    bias_hh_l0: Tensor

    step: Callable[..., tuple[Tensor, ...]]
    """the state after a step, from W x_t + b, the parts of the state before it, and the parts of U"""
    gates: Sequence[int]
    """number of gates in each part of U"""
    states = 1
    """number of tensors in the state"""

    def check(self, x: Any, state: Any, begins: Tensor | None) -> None:
        """Raise `ValueError` unless the sequences fit the layer, and the state and `begins` fit the sequences."""
        if not isinstance(x, Tensor):
            kind = type(x).__name__
            raise ValueError(f"sequences must be a tensor [batch, time, inputs], not a {kind}; pad them to one length")
        *batch, time, inputs = x.shape if x.dim() > 1 else (0, 0)
        axes, (units, known) = self.weight_ih_l0.dim(), (self.weight_hh_l0.shape[-1], self.weight_ih_l0.shape[-1])
        if x.dim() not in ((2, 3) if axes == 2 else (4,)) or inputs != known or not time:
            needed = f"[{'networks, ' * (axes - 2)}batch, time, {known}] with 1 step or more"
            raise ValueError(f"sequences must be {needed}, not {list(x.shape)}")
        if begins is not None:
            require_shape("begins", begins, [*batch, time])
        if state is not None:
            parts = state if isinstance(state, tuple) else (state,)
            if len(parts) != self.states:
                raise ValueError(f"the state must be {STATES[self.states]}, and it has {len(parts)}")
            for part in parts:
                require_shape("the state", part, [*[1] * (axes == 2), *batch, units])

    @property
    def b(self) -> Tensor:
        """b [gates · units]; torch's layers have it in two parts."""
        return self.bias_ih_l0 + self.bias_hh_l0

    def unrolled(self, x: Tensor, state: Any, begins: Tensor | None) -> tuple[Tensor, Any]:
        """Compute all h_t and the last state, step by step; raises what `check` raises."""
        self.check(x, state, begins)
        return self.unroll(linear(x, self.weight_ih_l0, self.b), state, begins)

    def unroll(self, wx: Tensor, state: Any, begins: Tensor | None) -> tuple[Tensor, Any]:
        """Compute all h_t and the last state from W x_t + b [..., batch, time, gates · units].

        `begins` [..., batch, time] is true at steps before which the state is reset to 0. Tensors of the state are
        [networks, batch, units] for a stack, or [1, batch, units], as in torch.
        """
        U = self.weight_hh_l0
        now = state if isinstance(state, tuple) else (state,) * self.states
        if state is None:
            now = (wx.new_zeros(*wx.shape[:-2], U.shape[-1]),) * self.states
        elif U.dim() == 2:
            now = tuple(part[0] for part in now)
        h, now = self.all_steps(wx, now, U, begins)
        now = tuple(part[None] for part in now) if U.dim() == 2 else now
        return h, now if self.states > 1 else now[0]

    def all_steps(
        self, wx: Tensor, now: tuple[Tensor, ...], U: Tensor, begins: Tensor | None
    ) -> tuple[Tensor, tuple[Tensor, ...]]:
        """All h_t [..., batch, time, units] and the last state; the state is reset where `begins` is true."""
        weights, h = U.split([gates * U.shape[-1] for gates in self.gates], -2), []
        for t, wx_t in enumerate(wx.unbind(-2)):
            if begins is not None:
                now = tuple(part.masked_fill(begins[..., t, None], 0) for part in now)
            now = self.step(wx_t, *now, *weights)
            h.append(now[0])
        return torch.stack(h, -2), now


class RNN(Unrolled, nn.RNN):
    """`rnn` over whole sequences [notes 7.1].

    [batch, time, inputs] → [batch, time, units] and the state. `activation` is f: logistic, tanh or relu. Torch
    computes it, except for logistic, for a stack of networks, or if `begins` is given.
    Raises `SettingError` for another activation, or a size below 1.
    """

    gates, states = (1,), 1

    def __init__(self, inputs: int, units: int, activation: str = "tanh") -> None:
        require_sizes(inputs=inputs, units=units)
        if activation not in (choices := ("logistic", "tanh", "relu")):
            raise SettingError.choice("activation", activation, choices)
        super().__init__(inputs, units, nonlinearity="relu" if activation == "relu" else "tanh", batch_first=True)
        self.activation, self.f = activation, ACTIVATIONS[activation]()

    def forward(self, x: Tensor, state: Any = None, begins: Tensor | None = None) -> tuple[Tensor, Any]:  # type: ignore[override]
        if begins is None and self.activation != "logistic" and self.weight_ih_l0.dim() == 2:
            self.check(x, state, begins)
            return super().forward(x, state)
        return self.unrolled(x, state, begins)

    def step(self, wx: Tensor, h: Tensor, U: Tensor) -> tuple[Tensor, ...]:
        return (rnn_of(wx, h, U, self.f),)

    def extra_repr(self) -> str:
        return f"{self.input_size}, {self.hidden_size}, {self.activation}"


class LSTM(Unrolled, nn.LSTM):
    """`lstm` over whole sequences [notes 7.2].

    [batch, time, inputs] → [batch, time, units] and the state (h, c). Torch computes it, except for a stack of
    networks, or if `begins` is given.
    """

    states = 2

    def __init__(self, inputs: int, units: int) -> None:
        require_sizes(inputs=inputs, units=units)
        super().__init__(inputs, units, batch_first=True)

    def forward(self, x: Tensor, state: Any = None, begins: Tensor | None = None) -> tuple[Tensor, Any]:  # type: ignore[override]
        if begins is None and self.weight_ih_l0.dim() == 2:
            self.check(x, state, begins)
            return super().forward(x, state)
        return self.unrolled(x, state, begins)

    def all_steps(
        self, wx: Tensor, now: tuple[Tensor, ...], U: Tensor, begins: Tensor | None
    ) -> tuple[Tensor, tuple[Tensor, ...]]:
        h, c = LSTMSteps.apply(wx, *now, U, begins)  # type: ignore[no-untyped-call]
        return h, (h[..., -1, :], c)


class GRU(Unrolled, nn.Module):
    """`gru` over whole sequences [notes 7.3].

    [batch, time, inputs] → [batch, time, units] and the state [1, batch, units]. The parameters have the names of
    torch's GRU, which is a different function: there the reset gate acts after U_h.
    """

    gates = (2, 1)

    def __init__(self, inputs: int, units: int) -> None:
        super().__init__()
        require_sizes(inputs=inputs, units=units)
        self.input_size, self.hidden_size = inputs, units
        self.weight_ih_l0 = nn.Parameter(torch.empty(3 * units, inputs))
        self.weight_hh_l0 = nn.Parameter(torch.empty(3 * units, units))
        self.bias_ih_l0 = nn.Parameter(torch.empty(3 * units))
        for parameter in self.parameters():
            nn.init.uniform_(parameter, -(units**-0.5), units**-0.5)

    @property
    def b(self) -> Tensor:
        return self.bias_ih_l0

    def forward(self, x: Tensor, state: Any = None, begins: Tensor | None = None) -> tuple[Tensor, Any]:
        return self.unrolled(x, state, begins)

    def step(self, wx: Tensor, h: Tensor, *U: Tensor) -> tuple[Tensor, ...]:
        return (gru_of(wx, h, *U),)

    def extra_repr(self) -> str:
        return f"{self.input_size}, {self.hidden_size}"


def truncated(layer: nn.Module, x: Tensor, length: int, state: Any = None) -> tuple[Tensor, Any]:
    """Apply a recurrent layer to `x` [batch, time, inputs]; gradients go back at most `length` steps [notes 7.4].

    The sequence is cut into pieces of this length. The state passes from one piece to the next; its gradient does not.
    Raises `SettingError` if `length` is below 1.
    Source: Williams & Peng (1990).
    """
    if length < 1:
        raise SettingError("length", length, "must be 1 or more")
    outputs = []
    for piece in x.split(length, 1):
        output, state = layer(piece, state)
        outputs.append(output)
        state = tuple(part.detach() for part in state) if isinstance(state, tuple) else state.detach()
    return torch.cat(outputs, 1), state
