"""What the studies find agrees with closed forms, references and other packages [notes 6.2, 8.2, 8.7, 9.1, 9.4]."""

from math import cos, pi

import numpy as np
import pytest
import torch
from sklearn.decomposition import PCA
from torch import nn

from rlnotes.nn.base.stack import stack
from rlnotes.nn.mlp import MLP
from rlnotes.studies.base.digits import digits
from rlnotes.studies.base.training import Player, train
from rlnotes.studies.convolution import Convolution
from rlnotes.studies.gan import GAN
from rlnotes.studies.kernel_regression import KernelRegression
from rlnotes.studies.mode_collapse import ModeCollapse
from rlnotes.studies.transformer import Sequences
from rlnotes.studies.vae import DigitsVAE, probabilistic_pca


@pytest.fixture(autouse=True)
def seeded():
    """Torch's random numbers start at the seed 0, and continue after the test as if it had not run."""
    with torch.random.fork_rng(devices=()):
        torch.manual_seed(0)
        yield


def test_a_stack_is_trained_as_its_networks_are_one_by_one_by_torch():
    """30 steps of torch's Adam with the same ε and the same falling rate, to 1e-4."""
    networks, x, y = [MLP(3, [5], 1, "tanh") for _ in range(3)], torch.randn(3, 20, 3), torch.randn(3, 20, 1)
    many = stack(networks)
    train([Player(many, lambda: (many(x) - y).square().mean())], 30, 1e-2)
    for i, network in enumerate(networks):
        adam = torch.optim.Adam(network.parameters(), eps=1e-5)
        for step in range(30):
            adam.param_groups[0]["lr"] = 1e-2 * (1 + cos(pi * step / 30)) / 2
            adam.zero_grad()
            (network(x[i]) - y[i]).square().mean().backward()
            adam.step()
        for name, parameter in network.named_parameters():
            torch.testing.assert_close(many.get_parameter(name)[i], parameter, rtol=1e-4, atol=1e-4)


def test_players_take_their_turns():
    taken, (one, two) = [], (stack([nn.ParameterList([torch.zeros(1)]) for _ in range(2)]) for _ in range(2))

    def loss(player, name):
        taken.append(name)
        return player[0].sum()

    train([Player(one, lambda: loss(one, "a"), 3), Player(two, lambda: loss(two, "b"))], 2, 0.1)
    assert "".join(taken) == "aaabaaab"


def test_convolution_copies_the_kernel_to_a_point_and_correlation_turns_it():
    """[notes 6.1, 6.2]; the point stands alone in row 1, column 1."""
    found = Convolution().run()
    for name in ("uneven", "symmetric"):
        kernel = found[f"{name} kernel"]
        assert (found[f"{name}, convolution"][:3, :3] == kernel).all()
        assert (found[f"{name}, correlation"][:3, :3] == kernel[::-1, ::-1]).all()


def test_the_forward_divergence_matches_mean_and_variance_and_the_reverse_one_a_mode():
    """μ = (2π − 1) d/2 and σ² = 1 + π (1 − π) d² for the share π and the distance d; a fit to one mode has σ ≈ 1 and
    KL(p_θ ‖ p_r) ≈ −log π [notes 8.7]."""
    found = ModeCollapse(distance=8.0, share=0.7, fits=4).run()
    x, p = found["x"], found["KL(p_r ‖ p_θ), forward"]
    mean = np.trapezoid(p * x, x)
    assert mean == pytest.approx([0.4 * 4] * 4, abs=0.01)
    assert np.trapezoid(p * x**2, x) - mean**2 == pytest.approx([1 + 0.21 * 64] * 4, rel=0.01)
    name = "KL(p_θ ‖ p_r), reverse"
    best = found[name][found[f"{name}, value"].argmin()]
    assert found[f"{name}, value"].min() == pytest.approx(-np.log(0.7), abs=0.01)
    assert np.trapezoid(best * x, x) == pytest.approx(4, abs=0.05)


def test_a_left_out_point_is_predicted_from_the_others():
    """The error by a loop over points [notes 9.1]"""
    found = KernelRegression(samples=7).run()
    k, v, h = found["k"], found["v"], found["bandwidth"][40]
    errors = []
    for i in range(7):
        weight = np.exp(-(((k[i] - np.delete(k, i)) / h) ** 2) / 2)
        errors.append((weight @ np.delete(v, i) / weight.sum() - v[i]) ** 2)
    assert found["left-out error"][40] == pytest.approx(np.sqrt(np.mean(errors)), rel=1e-4)


def test_probabilistic_pca_agrees_with_that_of_scikit_learn():
    """Its variances are divided by n − 1, ours by n = 1,200 [notes 8.2]."""
    known, new = digits("vae")
    theirs = PCA(8).fit(known.double().numpy())
    for x in (known, new):
        ours = probabilistic_pca(known, 8).log_prob(x).mean().item()
        assert ours == pytest.approx(theirs.score(x.double().numpy()), abs=0.05)


def test_good_samples_and_covered_modes_are_counted():
    study = GAN(samples=800)
    perfect = study.centres.repeat(100, 1)
    one, nowhere = study.centres[:1].expand(800, 2), torch.zeros(800, 2)
    nearly = torch.cat([study.centres[:1].expand(794, 2), study.centres[1:2].expand(6, 2)])  # 6 < 0.8 % of 800
    good, covered = study.judged(torch.stack([perfect, one, nowhere, nearly]))
    assert good.tolist() == [1, 1, 0, 1]
    assert covered.tolist() == [8, 1, 0, 1]
    assert len(GAN(modes=25).centres) == 25


def test_sequences_of_the_test_are_never_used_in_training():
    """[notes 9.4]"""
    study = Sequences(length=4)
    for held_out in (False, True):
        source, target = study.batch(500, held_out)
        assert ((source.sum(-1) % 10 == 0) == held_out).all()
        assert ((source >= 0) & (source < 10)).all()
        assert (target[0] == source[0]).all()
        assert (target[1] == source[1].flip(1)).all()
        assert (target[2].diff() >= 0).all()
        assert (target[2].sort().values == source[2].sort().values).all()


@pytest.mark.slow
def test_the_bounds_of_a_vae_are_in_order():
    """ELBO ≤ bound of 1 = ELBO ≤ … ≤ bound of 500 for the mean over 597 new digits, within 4 standard errors of each
    difference; those of a linear VAE on the training digits stay below probabilistic PCA [notes 8.2]. 3e-5 false alarms
    per comparison, after 300 steps of training."""
    found = DigitsVAE(steps=300, code=4, widths=[32]).run()
    for name in ("VAE, new", "linear VAE, new", "linear VAE, training"):
        elbo, first, *rest = found[name]
        assert abs((elbo - first).mean()) < 4 * (elbo - first).std() / len(elbo) ** 0.5
        for lower, upper in zip([elbo, *rest], rest, strict=False):
            difference = upper - lower
            assert difference.mean() > -4 * difference.std() / len(difference) ** 0.5
    assert found["linear VAE, training"].mean(1).max() < found["probabilistic PCA, training"].mean()
