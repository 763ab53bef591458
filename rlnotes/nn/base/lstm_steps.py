"""The steps of LSTM over a sequence as one function, with its gradient through time [notes 7.2, 7.4].

Automatic differentiation of the same steps takes several times as many calls of torch, and adds up ∂L/∂U step by step.
"""

from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable


class LSTMSteps(torch.autograd.Function):
    """All h_t [..., batch, time, units] and the last c [..., batch, units] of the formula `lstm`.

    From W x_t + b [..., batch, time, 4 units], h_0 and c_0 [..., batch, units], U [..., 4 units, units] and, unless it
    is None, `begins` [..., batch, time]: the steps before which h and c are set to 0. With z_t = W x_t + U h_{t−1} + b:

    δh_t = ∂L/∂h_t + Uᵀ ∂L/∂z_{t+1},    δc_t = f_{t+1} ⊙ δc_{t+1} + o_t ⊙ (1 − tanh² c_t) ⊙ δh_t
    ∂L/∂z_t = δc_t ⊙ c̃_t ⊙ i_t ⊙ (1 − i_t)        for i,      δc_t ⊙ c_{t−1} ⊙ f_t ⊙ (1 − f_t)      for f,
              δc_t ⊙ i_t ⊙ (1 − c̃_t²)             for c̃,      δh_t ⊙ tanh c_t ⊙ o_t ⊙ (1 − o_t)     for o
    ∂L/∂U = Σ_t ∂L/∂z_t h_{t−1}ᵀ

    Nothing flows back from a step that begins a sequence.
    """

    @staticmethod
    def forward(ctx: Any, wx: Tensor, h: Tensor, c: Tensor, U: Tensor, begins: Tensor | None) -> tuple[Tensor, Tensor]:
        kept, gates, after = [], [], []
        goes_on = None if begins is None else (~begins).to(wx.dtype).unsqueeze(-1).unbind(-2)
        product, U_transposed = torch.baddbmm if U.dim() == 3 else torch.addmm, U.mT
        for t, wx_t in enumerate(wx.unbind(-2)):
            if goes_on is not None:
                h, c = goes_on[t] * h, goes_on[t] * c
            kept.append((h, c))
            z = product(wx_t, h, U_transposed)
            i, f, c_new, o = z.chunk(4, -1)
            c = f.sigmoid_() * c + i.sigmoid_() * c_new.tanh_()  # in place: z becomes the gates
            tanh_c = c.tanh()
            h = o.sigmoid_() * tanh_c
            gates.append(z)
            after.append((h, tanh_c))
        ctx.save_for_backward(U)
        ctx.goes_on, ctx.kept, ctx.gates, ctx.tanh_c = goes_on, kept, gates, [tanh_c for _, tanh_c in after]
        return torch.stack([h for h, _ in after], -2), c

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, of_h: Tensor, of_c: Tensor) -> tuple[Tensor | None, ...]:
        (U,), goes_on = ctx.saved_tensors, ctx.goes_on
        h, c = (torch.stack(parts) for parts in zip(*ctx.kept, strict=True))  # time is the first axis
        i, f, c_new, o = torch.stack(ctx.gates).chunk(4, -1)
        tanh_c = torch.stack(ctx.tanh_c)
        slopes = c_new * i * (1 - i), c * f * (1 - f), i * (1 - c_new**2), tanh_c * o * (1 - o)
        slope, c_slope = torch.cat(slopes, -1), o * (1 - tanh_c**2)
        of_z, delta_h, delta_c = torch.empty_like(slope), torch.zeros_like(h[0]), of_c
        steps = zip(of_z.unbind(), of_h.unbind(-2), slope.unbind(), c_slope.unbind(), f.unbind(), strict=True)
        for t, (of_z_t, of_h_t, slope_t, c_slope_t, f_t) in reversed(list(enumerate(steps))):
            delta_h = delta_h + of_h_t
            delta_c = torch.addcmul(delta_c, c_slope_t, delta_h)
            torch.mul(torch.cat([delta_c, delta_c, delta_c, delta_h], -1), slope_t, out=of_z_t)
            delta_h, delta_c = of_z_t @ U, f_t * delta_c
            if goes_on is not None:
                delta_h, delta_c = goes_on[t] * delta_h, goes_on[t] * delta_c
        of_z = of_z.movedim(0, -2)
        of_U = of_z.flatten(-3, -2).mT @ h.movedim(0, -2).flatten(-3, -2)
        return of_z, delta_h, delta_c, of_U, None
