"""The settings and the catalogue as a source of Hydra's configuration."""

from copy import copy
from dataclasses import Field, is_dataclass, make_dataclass
from typing import Any

import gymnasium
from hydra.core.config_search_path import ConfigSearchPath
from hydra.core.object_type import ObjectType
from hydra.plugins.config_source import ConfigResult, ConfigSource
from hydra.plugins.search_path_plugin import SearchPathPlugin
from omegaconf import OmegaConf
from omegaconf.errors import OmegaConfBaseException

from rlnotes import catalog
from rlnotes.base.configured import KINDS, setting_fields
from rlnotes.base.errors import SettingError
from rlnotes.envs.registered import Registered
from rlnotes.settings import Settings


class CatalogSource(ConfigSource):
    """Gives Hydra the nodes `agent/NAME` and `env/NAME`, made from the class when a command names it."""

    @staticmethod
    def scheme() -> str:
        return "catalog"

    def available(self) -> bool:
        return True

    def is_group(self, config_path: str) -> bool:
        return config_path in ("", *catalog.CATALOGS)

    def is_config(self, config_path: str) -> bool:
        group, _, name = config_path.partition("/")
        if group not in catalog.CATALOGS:
            return config_path == "settings"
        registered = group == "env" and name in gymnasium.registry
        return registered or name in catalog.CATALOGS[group] or catalog.own_place(group, name) is not None

    def list(self, config_path: str, results_filter: ObjectType | None) -> list[str]:
        return sorted(catalog.names(config_path)) if config_path in catalog.CATALOGS else []

    def load_config(self, config_path: str) -> ConfigResult:
        group, _, name = config_path.partition("/")
        if config_path == "settings":
            node = OmegaConf.structured(Settings)
        elif cls := catalog.find(group, name):
            node = node_of(cls, group, name)
        else:
            node = OmegaConf.create(Registered.defaults(name))
        return ConfigResult(provider="catalog", path=f"catalog://{config_path}", config=node, header={"package": None})


def node_of(cls: type, group: str, name: str) -> Any:
    """The settings of a class: its fields alone, since OmegaConf does not accept everything else that a class has.

    A type that OmegaConf does not know allows any value. Raises `SettingError` if it does not know that of a default.
    """
    known = [(field.name, field.type if is_known(field) else Any, copy(field)) for field in setting_fields(cls)]
    try:
        return OmegaConf.structured(make_dataclass(name, known))
    except OmegaConfBaseException as error:
        requirement = f"must have defaults that a command can write, such as numbers, words and lists: {error}"
        raise SettingError(group, name, requirement.partition("\n")[0]) from None


def is_known(field: Field[Any]) -> bool:
    """Whether OmegaConf knows the type of a setting."""
    if field.type in KINDS or is_dataclass(field.type):
        return True
    try:
        OmegaConf.structured(make_dataclass("one", [(field.name, field.type, copy(field))]))
    except Exception:  # many kinds of errors
        return False
    return True


class CatalogSearchPath(SearchPathPlugin):
    """Lets Hydra search the catalogue from the start, so that it also completes names and expands patterns."""

    def manipulate_search_path(self, search_path: ConfigSearchPath) -> None:
        search_path.append("catalog", "catalog://")
