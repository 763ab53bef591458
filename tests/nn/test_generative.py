"""Generative models [notes 8] agree with closed forms."""

from math import log

import pytest
import torch
from support.training import maximise
from torch import nn
from torch.distributions import Normal, kl_divergence
from torch.nn.functional import binary_cross_entropy_with_logits, logsigmoid

from rlnotes.base.errors import SettingError
from rlnotes.nn.attention import MultiHeadAttention, scaled_dot_product
from rlnotes.nn.autoencoder import Autoencoder
from rlnotes.nn.gan import (
    discriminator_value,
    js_divergence,
    non_saturating_loss,
    optimal_discriminator,
    saturating_loss,
)
from rlnotes.nn.gan import kl_divergence as kl_by_quadrature
from rlnotes.nn.mlp import MLP
from rlnotes.nn.wgan import critic_loss, critic_value, generator_loss, gradient_penalty

pytestmark = pytest.mark.usefixtures("double")


def test_an_autoencoder_computes_the_formula_of_the_notes():
    """h = σ(W x + b), x' = σ(W₂ h + b₂) [notes 8.1]"""
    model, x = Autoencoder(3, 2), torch.rand(4, 3)
    (W, b), (W_2, b_2) = ((layer[0].weight, layer[0].bias) for layer in (model.encoder, model.decoder))
    nn.init.normal_(b), nn.init.normal_(b_2)
    made = torch.sigmoid(torch.sigmoid(x @ W.T + b) @ W_2.T + b_2)
    torch.testing.assert_close(model(x), made)
    torch.testing.assert_close(model.loss(x), ((x - made) ** 2).sum(1))
    deep = Autoencoder(9, 2, widths=[7, 5])
    shapes = [tuple(layer.weight.shape) for layer in deep.modules() if isinstance(layer, nn.Linear)]
    assert shapes == [(7, 9), (5, 7), (2, 5), (5, 2), (7, 5), (9, 7)]


def test_an_autoencoder_beats_the_mean_on_new_digits(digits):
    """A code of ten numbers leaves less than half of the squared error of the mean [notes 8.1]."""
    train, test = digits[:1200], digits[1200:]
    model = Autoencoder(64, 10)
    maximise(lambda: -model.loss(train).mean(), model.parameters(), 600, 3e-2)
    mean = (test - train.mean(0)).square().sum(1).mean()
    assert model.loss(test).mean() < mean / 2


X = torch.linspace(-12, 14, 20_001, dtype=torch.float64)
REAL, FAKE = (Normal(torch.tensor(mean, dtype=torch.float64), 1.0).log_prob(X).exp() for mean in (0.0, 2.0))


@pytest.mark.slow
def test_a_trained_discriminator_reaches_the_optimal_one():
    """N(0, 1) against N(2, 1): D* = p_r / (p_r + p_θ), and the value 2 JS − 2 log 2 = −0.7126 [notes 8.5, 8.6]."""
    best = 2 * js_divergence(REAL, FAKE, X) - 2 * log(2)
    assert best.item() == pytest.approx(-0.7126, abs=5e-5)
    D = MLP(1, [32], 1, activation="softplus")
    maximise(lambda: discriminator_value(D(torch.randn(1024, 1)), D(2 + torch.randn(1024, 1))), D.parameters(), 2000)
    with torch.no_grad():
        logit = D(X[:, None])[:, 0]
    value = torch.trapezoid(REAL * logsigmoid(logit) + FAKE * logsigmoid(-logit), X)
    assert best - 0.01 < value <= best
    seen = (X > -5) & (X < 7)
    assert (logit.sigmoid() - optimal_discriminator(REAL, FAKE)).abs()[seen].max() < 0.01


def test_the_losses_are_means_of_logarithms():
    """[notes 8.5, 8.6, 8.7]"""
    real, fake = torch.randn(9), torch.randn(9)
    D_real, D_fake = real.sigmoid(), fake.sigmoid()
    torch.testing.assert_close(discriminator_value(real, fake), D_real.log().mean() + (1 - D_fake).log().mean())
    torch.testing.assert_close(saturating_loss(fake), (1 - D_fake).log().mean())
    torch.testing.assert_close(non_saturating_loss(fake), -D_fake.log().mean())


def test_the_saturating_gradient_vanishes_if_the_discriminator_is_certain():
    """If the supports are far apart, D(fake) ≈ 0 [notes 8.6]. The other loss still has a gradient [notes 8.7]."""
    fake = torch.full((5,), -30.0, requires_grad=True)
    assert torch.autograd.grad(saturating_loss(fake), fake)[0].abs().sum() < 1e-12
    assert torch.autograd.grad(non_saturating_loss(fake), fake)[0].abs().sum() == pytest.approx(1)


@pytest.mark.parametrize("points", [401, 20_001])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_divergences_of_normal_distributions_whose_densities_are_0_in_the_tails(dtype, points):
    """KL(N(0, 1) ‖ N(2, 1)) = 2 and 2 JS − 2 log 2 = −0.7126 from −20 to 20, where float32 also has zeros."""
    x = torch.linspace(-20, 20, points, dtype=dtype)
    p, q = (Normal(torch.tensor(mean, dtype=dtype), 1.0).log_prob(x).exp() for mean in (0.0, 2.0))
    assert kl_by_quadrature(p, q, x).item() == pytest.approx(2, abs=1e-6)
    assert kl_by_quadrature(torch.stack([p, q]), q, x).tolist() == pytest.approx([2, 0], abs=1e-6)
    assert 2 * js_divergence(p, q, x).item() - 2 * log(2) == pytest.approx(-0.7126, abs=5e-5)
    D = optimal_discriminator(p, q)
    torch.testing.assert_close(D, torch.where((p == 0) & (q == 0), 0.5, (2 - 2 * x).sigmoid()), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_divergences_of_distributions_whose_supports_do_not_overlap(dtype):
    """KL = ∞ and JS = log 2 exactly, so that the generator's loss is 0, with gradient 0 [notes 8.6]."""
    x = torch.linspace(0, 4, 401, dtype=dtype)
    p, q = (((a <= x) & (x <= a + 1)).to(dtype).requires_grad_() for a in (0, 3))
    p, q = (density / torch.trapezoid(density, x) for density in (p, q))
    assert kl_by_quadrature(p, q, x) == torch.inf
    js = js_divergence(p, q, x)
    assert js.item() == pytest.approx(log(2), rel=1e-6)
    assert torch.autograd.grad(js, q)[0].isfinite().all()
    assert optimal_discriminator(p, q).tolist() == [1.0] * 101 + [0.5] * 199 + [0.0] * 101
    nearly = (p + q * 1e-4) / 1.0001
    assert kl_by_quadrature(nearly, p, x) == torch.inf  # q = 0 for a ten thousandth of the mass
    assert kl_by_quadrature(p, nearly, x).item() == pytest.approx(log(1.0001), rel=1e-2)
    far = Normal(torch.tensor([0.0, 10.2], dtype=dtype), 0.75).log_prob(x[:, None] * 4).exp().T  # p / q is too large
    assert kl_by_quadrature(*far, x * 4).item() == pytest.approx(truncated_kl(x * 4), rel=1e-4)


def truncated_kl(x):
    """∫ p log(p / q) over the points `x`, for N(0, 0.75²) and N(10.2, 0.75²), from the logarithms of the densities."""
    log_p, log_q = (Normal(torch.tensor(mean, dtype=torch.float64), 0.75).log_prob(x.double()) for mean in (0.0, 10.2))
    return torch.trapezoid(log_p.exp() * (log_p - log_q), x.double()).item()


@pytest.mark.parametrize(("mean", "deviation"), [(2.0, 1.0), (-1.0, 0.5), (0.3, 2.0)])
def test_the_non_saturating_objective_is_a_reverse_divergence(mean, deviation):
    """E_{p_θ}[log D*] = −KL(p_θ ‖ p_r) + 2 JS − 2 log 2 − E_{p_r}[log D*], by quadrature [notes 8.7]."""
    fake = Normal(mean, deviation).log_prob(X).exp() + 1e-300
    real = REAL + 1e-300
    D = optimal_discriminator(real, fake)
    left = torch.trapezoid(fake * D.log(), X)
    right = -kl_by_quadrature(fake, real, X) + 2 * js_divergence(real, fake, X) - 2 * log(2)
    assert left.item() == pytest.approx((right - torch.trapezoid(real * D.log(), X)).item(), abs=1e-6)
    exact = kl_divergence(Normal(mean, deviation), Normal(0.0, 1.0)).item()
    assert kl_by_quadrature(fake, real, X).item() == pytest.approx(exact, abs=1e-6)


SHIFT, WEIGHT = 2.0, 10.0


def trained(critic, form, steps=1200):
    """Train a critic with a penalty on N(2, 1), whose samples are those of N(0, 1) shifted by 2; return its value."""

    def objective():
        fake = torch.randn(512, 1)
        real = fake + SHIFT
        return -critic_loss(critic, real, fake, WEIGHT, form)

    maximise(objective, critic.parameters(), steps)
    with torch.no_grad():
        fake = torch.randn(100_000, 1)
        return critic_value(critic(fake + SHIFT), critic(fake)).item()


@pytest.mark.parametrize(("form", "slope"), [("two_sided", 1.1), ("one_sided", 1.1), ("positive_part", 1)])
def test_a_critic_with_a_squared_penalty_overestimates_the_distance(form, slope):
    """Its value is Δ + Δ² / (2λ) = 2.2 within 2 %, and the distance is 2; without the square it is 2, since λ > Δ
    [notes 8.8, 8.9]."""
    critic = MLP(1, [32], 1, activation="tanh")
    critic[0].weight.data.abs_()  # start with the right sign; the next test has the wrong one
    critic[2].weight.data.abs_()
    assert trained(critic, form) == pytest.approx(slope * SHIFT, rel=0.02)


@pytest.mark.parametrize(("form", "slope"), [("two_sided", -0.9), ("one_sided", 1.1), ("positive_part", 1)])
def test_in_one_dimension_the_two_sided_penalty_can_end_at_the_wrong_sign(form, slope):
    """From the slope −1, the two-sided penalty leads to −1 + Δ / (2λ), which is worse than the slope 0. The others
    lead to the right sign [notes 8.9]."""
    critic = nn.Linear(1, 1)
    critic.weight.data.fill_(-1.0)
    assert trained(critic, form) == pytest.approx(slope * SHIFT, rel=0.02)
    assert critic.weight.item() == pytest.approx(slope, rel=0.02)


def test_the_penalty_is_evaluated_between_the_samples():
    """(‖∇f‖ − 1)² for f(x) = ½‖x‖², whose gradient at x̂ = t x₁ + (1 − t) x₂ is x̂ [notes 8.9].

    From 3 to 5, E[(x̂ − 1)²] = (4³ − 2³) / 6 and E[(x̂ − 1)⁺] = 3; the mean of 200,000 samples is within 0.05, 8
    standard errors. The penalties with the positive part of a norm below 1 are 0.
    """

    def critic(x):
        return x.square().sum(1) / 2

    real, fake = torch.tensor([[3.0, 0.0]]).repeat(200_000, 1), torch.tensor([[5.0, 0.0]]).repeat(200_000, 1)
    for form, expected in {"two_sided": 56 / 6, "one_sided": 56 / 6, "positive_part": 3}.items():
        assert gradient_penalty(critic, real, fake, form).item() == pytest.approx(expected, abs=0.05)
    for form in ("one_sided", "positive_part"):
        assert gradient_penalty(critic, real / 10, fake / 10, form).item() == 0
    with pytest.raises(SettingError, match="form=squared: unknown; must be two_sided, one_sided or positive_part"):
        gradient_penalty(critic, real, fake, "squared")
    assert gradient_penalty(critic, real / 10, fake / 10).item() == pytest.approx(0.3633, abs=0.01)


def test_the_losses_of_critic_and_generator_are_the_terms_of_the_value():
    """Without a penalty they are −E_{p_r}[f] + E_{p_θ}[f] and −E_{p_θ}[f] [notes 8.8]."""
    f, real, fake = nn.Linear(2, 1), torch.randn(6, 2), torch.randn(6, 2)
    torch.testing.assert_close(critic_loss(f, real, fake, weight=0.0), f(fake).mean() - f(real).mean())
    torch.testing.assert_close(generator_loss(f(fake)), -f(fake).mean())
    with pytest.raises(ValueError, match="fake must have samples"):
        generator_loss(torch.empty(0))


@pytest.mark.parametrize("share", [0.5, 0.2])
def test_the_optimal_discriminator_minimises_the_cross_entropy_of_all_samples(share):
    """With a share π of real samples it is π p_r / (π p_r + (1 − π) p_θ): the best D at every x, by search.

    With the share ½ the cross-entropy is −½ of the value, so D* of the notes is best for both [notes 8.5].
    """
    D = torch.linspace(1e-4, 1 - 1e-4, 9_999)[:, None]
    entropy = -(share * REAL * D.log() + (1 - share) * FAKE * (1 - D).log())
    seen = (X > -3) & (X < 5)
    best = D[entropy.argmin(0), 0]
    assert (best - optimal_discriminator(REAL, FAKE, share)).abs()[seen].max() < 1e-4
    logits = torch.randn(7), torch.randn(7)
    labels = torch.cat([torch.ones(7), torch.zeros(7)])
    cross_entropy = binary_cross_entropy_with_logits(torch.cat(logits), labels)
    torch.testing.assert_close(-2 * cross_entropy, discriminator_value(*logits))
    with pytest.raises(SettingError, match="share=1: must be between 0 and 1"):
        optimal_discriminator(REAL, FAKE, 1)


class Formula(MultiHeadAttention):
    """The heads by the formula, which torch can differentiate again and again."""

    def forward(self, q, k, v, mask=None):
        q, k, v = (x.unflatten(-1, (2, -1)).transpose(-2, -3) for x in (self.W_q(q), self.W_k(k), self.W_v(v)))
        return self.W_o(scaled_dot_product(q, k, v).transpose(-2, -3).flatten(-2))


def test_the_gradient_penalty_of_a_critic_with_attention_has_the_gradient_of_the_formula():
    kernel, formula = MultiHeadAttention(6, 2), Formula(6, 2)
    formula.load_state_dict(kernel.state_dict())
    real, fake, found = torch.randn(5, 3, 6), torch.randn(5, 3, 6), []
    for layer in (kernel, formula):
        torch.manual_seed(1)
        gradient_penalty(lambda x, layer=layer: layer(x, x, x).square().sum(dim=(1, 2)), real, fake).backward()
        found.append(torch.cat([weight.grad.flatten() for weight in layer.parameters() if weight.grad is not None]))
    torch.testing.assert_close(*found)
    assert found[0].abs().max() > 0
