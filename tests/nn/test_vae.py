"""The variational autoencoder [notes 8.2 to 8.4] agrees with closed forms."""

from functools import partial
from math import inf, log, nan, pi, sqrt

import pytest
import torch
from sklearn.datasets import load_digits
from support.training import maximise
from torch.distributions import MultivariateNormal, Normal, kl_divergence

from rlnotes.base.errors import SettingError
from rlnotes.nn.base.stack import stack
from rlnotes.nn.vae import (
    VAE,
    kl_of_normals,
    kl_to_standard_normal,
    log_deviation_of,
    normal_log_density,
    reparameterise,
)

pytestmark = pytest.mark.usefixtures("double")


def test_the_divergence_from_the_standard_normal_agrees_with_torch_and_sampling():
    """[notes 8.4]; the mean of 200,000 log ratios is within 5 standard errors: 6e-7 false alarms"""
    mean, root = torch.randn(5, 3), torch.randn(5, 3, 3)
    covariance = root @ root.transpose(1, 2) + torch.eye(3) / 10
    q, p = MultivariateNormal(mean, covariance), MultivariateNormal(torch.zeros(3), torch.eye(3))
    kl = kl_to_standard_normal(mean, covariance)
    torch.testing.assert_close(kl, kl_divergence(q, p))
    z = q.sample((200_000,))
    ratio = q.log_prob(z) - p.log_prob(z)
    assert ((ratio.mean(0) - kl).abs() < 5 * ratio.std(0) / sqrt(200_000)).all()
    deviation = torch.rand(5, 3) + 0.1
    torch.testing.assert_close(
        VAE.kl(mean, deviation.log()), kl_to_standard_normal(mean, torch.diag_embed(deviation**2))
    )


def test_the_divergence_of_two_normals_agrees_with_torch_and_with_the_special_case():
    """[notes 8.4]"""
    mean, root = torch.randn(2, 5, 3), torch.randn(2, 5, 3, 3)
    covariance = root @ root.mT + torch.eye(3) / 10
    one, two = (MultivariateNormal(*parts) for parts in zip(mean, covariance, strict=True))
    kl = kl_of_normals(mean[0], covariance[0], mean[1], covariance[1])
    torch.testing.assert_close(kl, kl_divergence(one, two))
    special = kl_of_normals(mean[0], covariance[0], torch.zeros(3), torch.eye(3))
    torch.testing.assert_close(special, kl_to_standard_normal(mean[0], covariance[0]))


def test_the_log_density_agrees_with_torch():
    x, mean, deviation = torch.randn(4, 3), torch.randn(4, 3), torch.rand(3) + 0.5
    torch.testing.assert_close(normal_log_density(x, mean, deviation), Normal(mean, deviation).log_prob(x).sum(1))


def test_reparameterised_gradients_are_unbiased_with_less_variance_than_the_score_function():
    """∂/∂μ E[(z + 1)³], z = μ + σ ε [notes 8.3]: 3 E[(z + 1)²] = 3 ((μ + 1)² + σ²); 6e-7 false alarms per mean."""
    mean, deviation, number = torch.tensor(0.5), torch.tensor(0.8), 200_000
    noise, means = torch.randn(number), mean.repeat(number).requires_grad_()
    z = reparameterise(means, deviation, noise)
    [pathwise] = torch.autograd.grad(((z + 1) ** 3).sum(), means)
    score = (z.detach() + 1) ** 3 * noise / deviation  # f(z) ∂ log q(z) / ∂μ
    exact = 3 * ((mean + 1) ** 2 + deviation**2)
    for estimate in (pathwise, score):
        assert (estimate.mean() - exact).abs() < 5 * estimate.std() / sqrt(number)
    assert pathwise.var() < score.var() / 4


@pytest.mark.slow
def test_the_elbo_of_a_linear_vae_reaches_the_likelihood_of_probabilistic_pca(digits):
    """They agree within 0.02 nats on the training digits and on new ones [notes 8.2].

    If the generator is linear, the expectation of the ELBO is known. Its maximum is log p(x) of Tipping and Bishop's
    solution: x ~ N(mean, W Wᵀ + σ² I), with W from the 5 largest eigenvalues and σ² the mean of the others.
    """
    train, test, code = digits[:1200], digits[1200:], 5
    values, vectors = torch.linalg.eigh((train - train.mean(0)).T @ (train - train.mean(0)) / len(train))
    noise = values[:-code].mean()
    W = vectors[:, -code:] * (values[-code:] - noise).sqrt()
    likelihood = MultivariateNormal(train.mean(0), W @ W.T + noise * torch.eye(64)).log_prob
    vae = VAE(64, code)
    maximise(lambda: vae.elbo(train).mean(), vae.parameters(), 4000)

    def elbo(x):
        mean, log_deviation = vae.infer(x)
        spread = (2 * log_deviation).exp() @ vae.generation[0].weight.square().sum(0)
        error = (x - vae.generation(mean)).square().sum(1) + spread
        variance = (2 * vae.log_deviation).exp()
        return (-error / (2 * variance) - 32 * (2 * pi * variance).log() - vae.kl(mean, log_deviation)).mean()

    with torch.no_grad():
        for x in (train, test):
            assert likelihood(x).mean() - 0.02 < elbo(x) < likelihood(x).mean() + 0.01
        draws = torch.stack([vae.elbo(test).mean() for _ in range(400)])
        assert (draws.mean() - elbo(test)).abs() < 5 * draws.std() / 20


def test_with_a_fixed_deviation_the_elbo_is_reconstruction_and_regulariser():
    """σ_G² ELBO = −½‖x − μ_G‖² − λ KL + constant, λ = σ_G² [notes 8.4]"""
    vae, x = VAE(3, 2, widths=[4], deviation=0.3), torch.randn(6, 3)
    torch.manual_seed(1)
    elbo = vae.elbo(x)
    torch.manual_seed(1)
    mean, log_deviation = vae.infer(x)
    made = vae.generation(reparameterise(mean, log_deviation.exp(), torch.randn_like(mean)))
    constant = -3 * log(sqrt(2 * pi) * 0.3)
    torch.manual_seed(1)
    objective = vae.objective(x, 0.3**2)
    terms = -(x - made).square().sum(1) / 2 - 0.3**2 * vae.kl(mean, log_deviation)
    torch.testing.assert_close(0.3**2 * (elbo - constant), terms)
    torch.testing.assert_close(objective, terms)
    draws = vae.sample(50_000)
    assert draws.shape == (50_000, 3)
    z = torch.randn(50_000, 2)
    spread = (draws.var(0) + vae.generation(z).var(0)).sqrt()
    assert ((draws.mean(0) - vae.generation(z).mean(0)).abs() < 5 * spread / sqrt(50_000)).all()
    torch.testing.assert_close(draws.var(0), vae.generation(z).var(0), rtol=0.1, atol=0)


def test_the_elbo_of_many_codes_has_the_mean_of_one_and_less_variance():
    """Means of 4,000 within 5 standard errors, 6e-7 false alarms each; the variance falls to about 1/16 [notes 8.2]."""
    vae, x = VAE(3, 2, widths=[4], deviation=0.5), torch.randn(1, 3).expand(4_000, 3)
    one, many, spread = vae.elbo(x), vae.elbo(x, samples=16), vae.elbo(x).std()
    assert (one.mean() - many.mean()).abs() < 5 * spread / sqrt(4_000) * 1.1
    assert 1 / 25 < many.var() / one.var() < 1 / 10
    with pytest.raises(SettingError, match="samples=0: must be a whole number, 1 or more"):
        vae.elbo(x, samples=0)


def linear_vae():
    """A VAE of one code with p(x) = N(0, W Wᵀ + σ_G² I), and an inference that is not exact."""
    vae = VAE(3, 1, deviation=0.7)
    vae.inference[0].weight.data.mul_(0.5)
    W = vae.generation[0].weight
    return vae, MultivariateNormal(torch.zeros(3), W @ W.T + 0.49 * torch.eye(3))


def test_bounds_grow_with_the_number_of_codes_towards_the_likelihood():
    """ELBO = bound of 1 ≤ bound of 5 ≤ bound of 50 ≤ log p(x), and the weights average to p(x) [notes 8.2].

    Each mean of 20,000 is within 5 standard errors: 6e-7 false alarms.
    """
    vae, exact = linear_vae()
    x = 2 * torch.randn(1, 3).expand(20_000, 3)
    with torch.no_grad():
        draws = [vae.elbo(x), *(vae.importance_weighted_bound(x, samples) for samples in (1, 5, 50))]
        likelihood = exact.log_prob(x[0])
        means, errors = zip(*((bound.mean(), 5 * bound.std() / sqrt(20_000)) for bound in draws), strict=True)
        assert (means[0] - means[1]).abs() < errors[0] + errors[1]
        assert means[1] + errors[1] < means[2] - errors[2] < means[3] - 2 * errors[2] < likelihood
        weights = (draws[2] - likelihood).exp()
        assert (weights.mean() - 1).abs() < 5 * weights.std() / sqrt(20_000)


def test_with_the_exact_posterior_every_bound_is_the_likelihood():
    """q(z|x) = N(m Wᵀx / σ_G², m) with m = (1 + WᵀW / σ_G²)⁻¹: all weights are p(x) [notes 8.2]."""
    vae, exact = linear_vae()
    W = vae.generation[0].weight.data
    spread = 1 / (1 + W.square().sum() / 0.49)
    vae.inference[0].weight.data = torch.cat([spread * W.T / 0.49, torch.zeros(1, 3)])
    vae.inference[0].bias.data = torch.stack([torch.zeros(()), spread.sqrt().log()])
    x = torch.randn(5, 3)
    for samples in (1, 7):
        torch.testing.assert_close(vae.importance_weighted_bound(x, samples), exact.log_prob(x))


def test_an_isotropic_vae_has_one_deviation_for_the_whole_code():
    """σ_I² I, as the notes write [notes 8.2]"""
    mean, log_deviation = VAE(3, 4, [5], isotropic=True).infer(torch.randn(6, 3))
    assert mean.shape == log_deviation.shape == (6, 4)
    assert (log_deviation == log_deviation[:, :1]).all()
    assert (log_deviation[:, 0].diff() != 0).all()
    _, free = VAE(3, 4, [5]).infer(torch.randn(6, 3))
    assert (free != free[:, :1])[:, 1:].all()


def test_a_stack_of_vaes_has_the_bounds_of_its_networks(monkeypatch):
    monkeypatch.setattr("rlnotes.nn.vae.reparameterise", lambda mean, deviation, noise: mean + 0.3 * deviation)
    vaes, x = [VAE(3, 2, [4]) for _ in range(2)], torch.randn(2, 5, 3)
    for number, vae in enumerate(vaes):
        vae.u_G.data += number
    many = stack(vaes)
    assert many.sample(7).shape == (2, 7, 3)
    for bound in (VAE.elbo, partial(VAE.importance_weighted_bound, samples=4), partial(VAE.objective, weight=0.5)):
        found = bound(many, x)
        for i, vae in enumerate(vaes):
            torch.testing.assert_close(found[i], bound(vae, x[i]))


@pytest.mark.parametrize("deviation", [1e-9, 0.3, 1.0, 2.5, 1e9])
def test_a_fixed_deviation_is_that_of_the_data(deviation):
    torch.testing.assert_close(VAE(3, 2, deviation=deviation).log_deviation.exp().item(), deviation)


@pytest.mark.parametrize("deviation", [0, -1, inf, nan, 1e-320])
def test_a_deviation_that_is_no_positive_number_is_refused(deviation):
    with pytest.raises(SettingError, match=f"deviation={deviation}: must be above 0 and finite"):
        VAE(3, 2, deviation=deviation)


def test_deviations_are_smooth_and_neither_0_nor_infinite():
    """σ = e^u below 0 and 1 + u above; KL at log σ = −110 is ½ (0 + μ² − 1 + 220), although e^−110 is 0 in float32."""
    u = torch.tensor([-110.0, -1, 0, 1e-9, 1, 1e30], requires_grad=True)
    log_sigma = log_deviation_of(u)
    torch.testing.assert_close(log_sigma, torch.tensor([-110.0, -1, 0, 1e-9, log(2), log(1e30)]))
    torch.testing.assert_close(torch.autograd.grad(log_sigma.sum(), u)[0], torch.tensor([1, 1, 1, 1, 0.5, 1e-30]))
    mean, tiny = torch.tensor([[3.0]], dtype=torch.float32), torch.tensor([[-110.0]], dtype=torch.float32)
    assert VAE.kl(mean, tiny).item() == pytest.approx((9 - 1 + 220) / 2)


@pytest.mark.parametrize("activation", ["relu", "tanh", "maxout"])
def test_a_vae_learns_from_inputs_that_are_not_normalised(activation):
    """Digits from 0 to 16 and from 0 to 256 in float32: the first losses are moderate, and Adam lowers them.

    With σ = e^u for every u, the first loss for relu was 1e17 or more.
    """
    for scale in (1, 16):
        x = torch.as_tensor(load_digits().data[:500] * scale, dtype=torch.float32)
        vae = VAE(64, 8, [64], activation).to(torch.float32)
        first = vae.elbo(x).mean().item()
        maximise(lambda vae=vae, x=x: vae.elbo(x).mean(), vae.parameters(), 60)
        assert -1e4 * scale**2 < first < vae.elbo(x).mean().item()
