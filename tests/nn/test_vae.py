"""The variational autoencoder [notes 8.2 to 8.4] agrees with closed forms."""

from math import inf, log, nan, pi, sqrt

import pytest
import torch
from sklearn.datasets import load_digits
from support.training import maximise
from torch.distributions import MultivariateNormal, Normal, kl_divergence

from rlnotes.base.errors import SettingError
from rlnotes.nn.vae import VAE, kl_to_standard_normal, log_deviation_of, normal_log_density, reparameterise

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
    terms = -(x - made).square().sum(1) / 2 - 0.3**2 * vae.kl(mean, log_deviation)
    torch.testing.assert_close(0.3**2 * (elbo - constant), terms)
    draws = vae.sample(50_000)
    assert draws.shape == (50_000, 3)
    z = torch.randn(50_000, 2)
    spread = (draws.var(0) + vae.generation(z).var(0)).sqrt()
    assert ((draws.mean(0) - vae.generation(z).mean(0)).abs() < 5 * spread / sqrt(50_000)).all()
    torch.testing.assert_close(draws.var(0), vae.generation(z).var(0), rtol=0.1, atol=0)


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
