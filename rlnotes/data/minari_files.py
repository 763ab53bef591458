"""Data sets in files, in the format of Farama's Minari: a folder with metadata.json and main_data.hdf5.

What an agent knew beyond observations stands in `infos`: `infos/action_mask` [T + 1, actions], and `infos/probability`
[T + 1], where row t + 1 is the probability of action t, as in Gymnasium, where the info of a step comes after it.
"""

import hashlib
import json
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from gymnasium import Space
from gymnasium.envs.registration import EnvSpec
from gymnasium.spaces import Box, Discrete, MultiBinary, MultiDiscrete

from rlnotes.base.elements import Elements
from rlnotes.base.errors import SettingError, install_hint
from rlnotes.base.one_path import one_path
from rlnotes.data.dataset import Dataset, Episode

METADATA, DATA = "metadata.json", "main_data.hdf5"


class DataWriter:
    """Writes episodes into a new folder.

    `facts` are added to the metadata: they say where the data comes from. Raises `SettingError` without Minari.
    """

    def __init__(
        self, folder: Path, observations: Space[Any], actions: Space[Any], spec: EnvSpec | None, facts: dict[str, Any]
    ) -> None:
        minari = require_minari("record")
        from minari.dataset.minari_storage import MinariStorage

        folder.mkdir(parents=True)
        # An absolute path, since Minari joins a relative one to itself; no jpeg_encoding, since JPEG changes pixels.
        self.storage = MinariStorage.new(folder.absolute(), observations, actions, spec, jpeg_encoding=False)
        self.storage.update_metadata({"minari_version": minari.__version__, **facts})

    def write(self, episodes: Iterable[Episode]) -> None:
        """Add episodes."""
        from minari.data_collector import EpisodeBuffer

        def buffer(one: Episode) -> EpisodeBuffer:
            infos = {} if one.allowed is None else {"action_mask": one.allowed}
            if one.probability is not None:
                infos["probability"] = np.concatenate([[1.0], one.probability])
            ends = np.arange(1, len(one.reward) + 1) == len(one.reward)
            return EpisodeBuffer(
                observations=one.observation,
                actions=one.action,
                rewards=one.reward,
                terminations=ends & one.terminated,
                truncations=ends & (not one.terminated),
                infos=infos,
            )

        self.storage.update_episodes(map(buffer, episodes))


def read(place: str | Path) -> Dataset:
    """The data set in a folder, or the data set with an id in Minari's own folder.

    Raises `SettingError` if there is no data set, a file is damaged, or a value is no element of its space.
    """
    folder = folder_of(place)
    return read_files(folder, digest_of(folder))


def folder_of(place: str | Path) -> Path:
    """The folder with the files of a data set. Raises `SettingError` if there is no data set."""
    minari = require_minari("data")
    from minari.storage.datasets_root_dir import get_dataset_path

    place = one_path("data", place)
    candidates = [place, place / "data"]
    if not place.exists():
        candidates.append(Path(get_dataset_path(str(place))) / "data")
    for folder in candidates:
        if (folder / METADATA).is_file():
            return folder
    requirement = f"is no data set: no folder with {METADATA}, and no id that Minari {minari.__version__} knows here"
    raise SettingError("data", place, f"{requirement}; record=true writes one")


def require_minari(setting: str) -> Any:
    """The package Minari; raises `SettingError` if it is not installed."""
    try:
        import h5py  # noqa: F401  # Minari's own error would come late
        import minari
    except ModuleNotFoundError as error:
        value = "true" if setting == "record" else "..."
        raise SettingError(setting, value, f"needs {error.name}: {install_hint('data')}") from None
    return minari


def digest_of(folder: Path) -> str:
    """The digest of the files of a data set; raises `SettingError` if one cannot be read."""
    digest = hashlib.sha256()
    try:
        for name in (METADATA, DATA):
            with (folder / name).open("rb") as file:
                digest.update(hashlib.file_digest(file, "sha256").digest())
    except OSError as error:
        raise SettingError("data", folder, f"{name} cannot be read ({error.strerror})") from None
    return digest.hexdigest()


@lru_cache(maxsize=4)
def read_files(folder: Path, digest: str) -> Dataset:
    """The data set in the files with this digest; see `read`."""
    from minari import MinariDataset

    try:
        metadata = json.loads((folder / METADATA).read_text(encoding="utf-8"))
        stored = MinariDataset(folder)
        spaces = stored.observation_space, stored.action_space
        raw = list(stored.iterate_episodes())
    except Exception as error:  # Minari and h5py raise many kinds of errors
        reason = " ".join(str(error).split())
        raise SettingError("data", folder, f"is no whole data set ({type(error).__name__}: {reason})") from None
    for name, space in zip(("observations", "actions"), spaces, strict=True):
        if not isinstance(space, Box | Discrete | MultiDiscrete | MultiBinary):
            requirement = f"{name} must be one array, Box, Discrete, MultiDiscrete or MultiBinary, not {space}"
            raise SettingError("data", folder, requirement)
    episodes = [episode(folder, one, *spaces) for one in raw if len(one.rewards)]
    if not episodes:
        raise SettingError("data", folder, "has no episode with a step")
    spec = stored.env_spec
    env = metadata.get("environment") or (spec.id if spec else "")
    return Dataset.of(episodes, *spaces, env=env, digest=digest, facts=metadata)


def episode(folder: Path, raw: Any, observations: Space[Any], actions: Space[Any]) -> Episode:
    """One episode of the files; raises `SettingError` if a field is wrong."""
    steps, infos = len(raw.rewards), raw.infos or {}
    probability, allowed = infos.get("probability"), infos.get("action_mask")
    fields = {
        "observations": (raw.observations, steps + 1),
        "actions": (raw.actions, steps),
        "terminations": (raw.terminations, steps),
        "truncations": (raw.truncations, steps),
        "infos/probability": (probability, steps + 1),
        "infos/action_mask": (allowed, steps + 1),
    }

    def wrong(name: str, what: str) -> SettingError:
        return SettingError("data", folder, f"{name} of episode {raw.id} {what}")

    for name, (values, length) in fields.items():
        if values is not None and len(values) != length:
            raise wrong(name, f"has {len(values)} rows, and {steps} steps need {length}")
    for name, space in (("observations", observations), ("actions", actions)):
        values, length = np.asarray(fields[name][0]), fields[name][1]
        elements = Elements(name, space, length, bounds=False)
        if values.shape != elements.shape:
            raise wrong(name, f"has the shape {values.shape}, and {elements.shape} is that of its space and its steps")
        if (step := elements.first_wrong(values)) >= 0:
            raise wrong(name, f"has {values[step]} in step {step}, and must have {elements.words}")
    if len(bad := np.flatnonzero(~np.isfinite(raw.rewards))):
        raise wrong("rewards", f"has {raw.rewards[bad[0]]} in step {bad[0]}, and must have finite numbers")
    if probability is not None:
        probability = np.asarray(probability[1:], float)
        bad = np.flatnonzero(~((probability > 0) & np.isfinite(probability)))
        if len(bad):
            raise wrong("infos/probability", f"is {probability[bad[0]]} in step {bad[0]}, and the action was taken")
    ended = bool(raw.terminations[-1])
    mask = None if allowed is None else np.asarray(allowed, bool)
    return Episode(np.asarray(raw.observations), np.asarray(raw.actions), raw.rewards, ended, probability, mask)
