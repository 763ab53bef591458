"""Trials of the studies that train: what each must find, at its own settings."""

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np

from rlnotes.base.class_table import load_class
from rlnotes.studies import STUDIES

Found = dict[str, np.ndarray]


def wgan_covers(found: Found) -> bool:
    """WGAN-GP covers 8 of 8 modes in 8 seeds of 10 or more"""
    return bool((found["WGAN-GP, covered"] == 8).sum() >= 8)


def bounds_are_ordered(found: Found) -> bool:
    """ELBO ≤ bounds of 5, 50 and 500 codes within 4 standard errors, and those of the linear VAE ≤ probabilistic PCA"""
    for name in ("VAE, new", "VAE, training", "linear VAE, new", "linear VAE, training"):
        elbo, _, *rest = found[name]
        for lower, upper in pairwise([elbo, *rest]):
            gain = upper - lower
            if gain.mean() < -4 * gain.std() / np.sqrt(len(gain)):
                return False
    largest = found["probabilistic PCA, training"].mean()
    return bool(found["linear VAE, training"].mean(1).max() <= largest + 0.05)


def sequences_are_right(found: Found) -> bool:
    """copies, reverses and sorts 97 % of new sequences of 8 symbols or more"""
    return bool((found["right"] >= 0.97).all())


def codes_beat_components(found: Found) -> bool:
    """an autoencoder has less error on new digits than as many principal components"""
    errors = [((found[name] - found["digits"]) ** 2).sum() for name in ("autoencoder", "principal components")]
    return bool(errors[0] < errors[1])


def models_get_better(found: Found) -> bool:
    """in each of three worlds, the error of the learnt model halves at least, and planning in it loses less value"""
    worlds = [name.removesuffix(", V*") for name in found if name.endswith(", V*")]
    errors, lost = (
        np.array([found[f"{world}, {what}"].mean(1)[[0, -1]] for world in worlds]).T
        for what in ("model error", "value lost")
    )
    return len(worlds) == 3 and bool((errors[1] <= errors[0] / 2).all() and (lost[1] < lost[0]).all())


EXPECTED: dict[str, Callable[[Found], bool]] = {
    "autoencoder": codes_beat_components,
    "vae": bounds_are_ordered,
    "gan": wgan_covers,
    "transformer": sequences_are_right,
    "world_model": models_get_better,
}


def study_trials() -> bool:
    """Run the trials; returns whether every study finds what it must."""
    verdicts = []
    for name, holds in EXPECTED.items():
        study: Any = load_class(STUDIES[name])()
        found = study.run()
        verdicts.append(holds(found))
        print(f"{name}. Expected: {holds.__doc__}. {'Holds' if verdicts[-1] else 'DOES NOT HOLD'}.", flush=True)
        print(f"    {study.conclude(found)}", flush=True)
    return all(verdicts)
