"""Finite Markov decision processes whose settings decide the model."""

from abc import abstractmethod
from dataclasses import InitVar, dataclass, fields
from typing import Any
from weakref import WeakValueDictionary

from rlnotes.base.configured import Configured
from rlnotes.base.memory_check import require_memory_for_model
from rlnotes.envs.mdps.base.model import Model
from rlnotes.envs.mdps.base.model_env import ModelEnv

MODELS: WeakValueDictionary[tuple[type, str], Model] = WeakValueDictionary()
"""models in use, by class, settings and files: equal environments share one"""


@dataclass(eq=False, kw_only=True)
class MDP(ModelEnv):
    """A finite MDP with settings, from which `build` makes the model [notes 2.1]."""

    num_envs: InitVar[int] = 1
    render_mode: InitVar[str | None] = None

    discount: float = 1.0
    """discount γ of the return, from 0 to 1"""

    time_limit: int | None = None
    """steps after which an episode is truncated; null: never"""

    def __post_init__(self, num_envs: int, render_mode: str | None) -> None:
        self.require_kinds()
        key = type(self), repr({field.name: getattr(self, field.name) for field in fields(self)} | self.contents)
        if (model := MODELS.get(key)) is None:
            model = MODELS[key] = self.built()
        super().__init__(model, num_envs, self.time_limit, render_mode)

    @abstractmethod
    def build(self) -> Model:
        """The model that the settings describe. Raises `SettingError` if a setting has a value it may not have."""

    def built(self) -> Model:
        """What `build` returns. Raises `TypeError` if it is no model, `ValueError` if it has another discount."""
        model, build = self.build(), f"{type(self).__name__}.build()"
        if not isinstance(model, Model):
            raise TypeError(f"{build} must return a Model, not {model!r}")
        if self.discount not in (None, model.discount):
            has = f"its model has the discount {model.discount:g}, the setting is {self.discount:g}"
            raise ValueError(f"{build} must pass discount=self.discount: {has}")
        return model

    def require_memory_for_states(self, setting: str, states: int) -> None:
        """Require that a model with this many states, which a setting decides, fits into memory.

        It is checked before the states are listed. There are at least two actions, with an outcome each, which takes as
        much as four entries while it is a Python object.
        """
        rows = 2 * states
        require_memory_for_model(setting, getattr(self, setting), rows, 4 * rows)

    def setting_values(self) -> dict[str, Any]:
        return Configured.setting_values(self)
