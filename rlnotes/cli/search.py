"""A search: Optuna chooses settings of one agent, and the best ones are run again with other random numbers.

The best of many trials looks better than it is, since it was lucky too. So the trials only choose. Runs that no trial
has seen decide whether the choice is better than the default settings.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml
from hydra.core.global_hydra import GlobalHydra
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Override
from omegaconf import DictConfig

from rlnotes.base.errors import SettingError
from rlnotes.cli.jobs import Job
from rlnotes.comparison import Comparison
from rlnotes.simulation.estimate import estimate
from rlnotes.simulation.result import COSTS, Result, known

FRESH = 1_000_000
"""how much larger the seed of the last runs is"""
SEARCHED = "settings of an agent are searched, such as agent.delta='interval(0.01,0.5)'"
"""what a search may choose"""


def is_search(config: DictConfig) -> bool:
    """Whether Optuna chooses the settings of the jobs."""
    return str(config.hydra.sweeper["_target_"]).endswith(".OptunaSweeper")


def cost(result: Result) -> float:
    """The number that a search makes small: the mean of the metric, with a minus if more is better."""
    mean = float(estimate(known(result.outcome)).mean)
    return mean if result.metric in COSTS else -mean


def finalists(config: DictConfig, found: dict[str, Any]) -> list[Job]:
    """The jobs of the `found` settings and of the default ones, with a seed that no trial has.

    Raises `SettingError` if something else than settings of an agent is searched.
    """
    overrides = parsed(config)
    searched = [override for override in overrides if override.is_sweep_override()]
    if not searched:
        raise SettingError("hydra/sweeper", "optuna", f"needs something to search: {SEARCHED}")
    for override in searched:
        key = override.get_key_element()
        if not key.startswith("agent."):
            raise SettingError(
                key, str(override.input_line).partition("=")[2], f"must have one value in a search: {SEARCHED}"
            )
    fixed = [str(override.input_line) for override in overrides if not override.is_sweep_override()]
    fixed = [*(word for word in fixed if not word.startswith("seed=")), f"seed={config.seed + FRESH}"]
    loader = GlobalHydra.instance().config_loader()
    words = [f"{key}={value}" for key, value in found.items()]
    made = [loader.load_sweep_config(config, [*fixed, *chosen]) for chosen in (words, [])]
    return [Job(one, one.hydra.runtime.choices) for one in made]


def parsed(config: DictConfig) -> list[Override]:
    """The words of the command, as Hydra reads them."""
    parser = OverridesParser.create(GlobalHydra.instance().config_loader())
    return list(parser.parse_overrides(list(config.hydra.overrides.task)))


def best(config: DictConfig) -> dict[str, Any]:
    """The settings of the best trial, from the file that the sweeper writes."""
    content = (Path(config.hydra.sweep.dir) / "optimization_results.yaml").read_text(encoding="utf-8")
    return dict(yaml.safe_load(content)["best_params"])


def conclusions(found: dict[str, Any], trials: int, comparison: Comparison) -> Iterator[str]:
    """What was found, and whether it is better than the default settings, in the runs that no trial has seen."""
    words = ", ".join(f"{key}={value}" for key, value in found.items())
    yield f"The best of {trials} trials is {words}. It was run again, with another seed."
    rows = [row for row in comparison.rows if row.metric == comparison.rows[0].metric]
    if len(rows) < 2:
        yield "These are the default settings."
        return
    winner, default = rows
    decided = default.difference and default.difference.different and winner.best
    yield f"It is {'better than' if decided else 'not shown to be better than'} the default settings."
