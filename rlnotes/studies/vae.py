"""A VAE on images of digits: bounds on the log-likelihood, reconstructions and samples [notes 8.2 to 8.4]."""

from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np
import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from torch import Tensor
from torch.distributions import MultivariateNormal

from rlnotes.experiments.drawing import image, tiles
from rlnotes.experiments.experiment import Measured
from rlnotes.figures.style import COLOURS, frame
from rlnotes.nn.base.checks import are_sizes
from rlnotes.nn.base.stack import stack
from rlnotes.nn.vae import VAE
from rlnotes.studies.base.digits import SIDE, digits
from rlnotes.studies.base.study import Study
from rlnotes.studies.base.training import Player, train

SHOWN = 12
SAMPLES = (1, 5, 50, 500)
"""codes of the importance-weighted bounds; with 1 it estimates the ELBO"""


@dataclass
class DigitsVAE(Study):
    """A VAE on digits of 64 pixels: samples, and bounds on log p(x) [notes 8.2 to 8.4].

    Its ELBO stands beside importance-weighted bounds and the exact log-likelihood of probabilistic PCA.
    A linear VAE is the same model as probabilistic PCA, whose largest log-likelihood is known: no bound of the linear
    VAE on the training digits can be above it.
    """

    size = (10.0, 4.2)

    code: int = 8
    """numbers of a code, fewer than 64"""

    widths: list[int] = field(default_factory=lambda: [128])
    """layers of the inference network, and, reversed, of the generative network"""

    steps: int = 4_000
    """batches of 256 images"""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.require("code", 1 <= self.code < SIDE**2, f"must be from 1 to {SIDE**2 - 1}")
        self.require("widths", are_sizes(self.widths), "must be a list of whole numbers, 1 or more each")
        self.require_whole("steps", 1)

    def measure(self) -> Measured:
        known, new = digits("vae")
        models = {"linear VAE": stack([VAE(SIDE**2, self.code)]), "VAE": stack([VAE(SIDE**2, self.code, self.widths)])}

        def loss(model: VAE) -> Tensor:
            return -model.elbo(known[torch.randint(len(known), (1, 256))]).mean()

        train([Player(model, partial(loss, model)) for model in models.values()], self.steps, 3e-3)
        pca = probabilistic_pca(known, self.code)
        found: dict[str, Tensor] = {}
        with torch.no_grad():
            for images, x in {"training": known, "new": new}.items():
                for name, model in models.items():
                    bounds = [weighted_bound(model, x[None], samples) for samples in SAMPLES]
                    found[f"{name}, {images}"] = torch.stack([model.elbo(x[None], 100)[0], *bounds])
                found[f"probabilistic PCA, {images}"] = pca.log_prob(x)
            model, shown = models["VAE"], new[:SHOWN]
            mean, _ = model.infer(shown[None])
            found |= {"digits": shown, "reconstructions": model.generation(mean)[0]}
            found["samples"] = model.sample(2 * SHOWN)[0]
        return {name: values.numpy() for name, values in found.items()}

    def draw(self, figure: Figure, found: Measured) -> None:
        rows = {"digits": "digits", "reconstructions": "made from\ntheir codes", "samples": "from codes\n~ N(0, I)"}
        places: Any = [[name, "bounds"] for name in (*rows, "samples")]
        panels: dict[str, Axes] = figure.subplot_mosaic(places, width_ratios=[1.5, 1])
        for name, label in rows.items():
            image(panels[name], tiles(found[name].reshape(-1, SHOWN, SIDE**2), SIDE), vmin=0, vmax=1)
            panels[name].set_ylabel(label, rotation=0, ha="right", va="center")
        axes, ticks = panels["bounds"], ["ELBO", *(f"{samples}" for samples in SAMPLES[1:])]
        chosen = [0, *range(2, 1 + len(SAMPLES))]
        for (name, marker), colour in zip({"VAE": "o", "linear VAE": "s"}.items(), COLOURS, strict=False):
            means, errors = summary(found[f"{name}, new"][chosen])
            axes.errorbar(ticks, means, 2 * errors, color=colour, marker=marker, capsize=3, label=name)
        mean, _ = summary(found["probabilistic PCA, new"])
        axes.axhline(float(mean), color="k", linestyle="--", linewidth=1, label="probabilistic PCA, exact")
        axes.set(xlabel="codes of the importance-weighted bound", ylabel="bound on log p(x) of new digits, nats")
        frame(axes)
        axes.legend(frameon=False)

    def conclude(self, found: Measured) -> str:
        def mean(name: str, row: int) -> str:
            return f"{found[name][row].mean():.2f}"

        largest = {images: found[f"probabilistic PCA, {images}"].mean() for images in ("training", "new")}
        return (
            f"The mean log p(x) of new digits is at least {mean('VAE, new', 0)} nats by the ELBO of the VAE and "
            f"{mean('VAE, new', -1)} by the bound with {SAMPLES[-1]} codes; probabilistic PCA has "
            f"{largest['new']:.2f}; on the training digits the bounds of the linear VAE are "
            f"{mean('linear VAE, training', 0)} and {mean('linear VAE, training', -1)}, and no linear VAE has more "
            f"than {largest['training']:.2f}."
        )


def probabilistic_pca(x: Tensor, code: int) -> MultivariateNormal:
    """The most likely N(mean, W Wᵀ + σ² I) with W [features, code].

    W is made of the largest eigenvalues and their vectors; σ² is the mean of the other eigenvalues.
    Source: Tipping & Bishop, Probabilistic principal component analysis, JRSS B 61 (1999), section 3.2.
    """
    centred = (x - x.mean(0)).double()
    values, vectors = torch.linalg.eigh(centred.T @ centred / len(x))
    noise = values[:-code].mean()
    W = vectors[:, -code:] * (values[-code:] - noise).sqrt()
    covariance = W @ W.T + noise * torch.eye(x.shape[1], dtype=torch.float64)
    return MultivariateNormal(x.mean(0), covariance.to(x.dtype))


def weighted_bound(model: VAE, x: Tensor, samples: int) -> Tensor:
    """The importance-weighted bound of images [1, batch, features] → [batch], in pieces of 100 images."""
    return torch.cat([model.importance_weighted_bound(piece, samples)[0] for piece in x.split(100, 1)])


def summary(sample: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Means over the last axis, and their standard errors."""
    return sample.mean(-1), sample.std(-1, ddof=1) / np.sqrt(sample.shape[-1])
