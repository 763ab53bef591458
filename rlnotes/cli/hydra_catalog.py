"""The settings and the catalogue as a source of Hydra's configuration."""

from dataclasses import fields, make_dataclass

import gymnasium
from hydra.core.config_search_path import ConfigSearchPath
from hydra.core.object_type import ObjectType
from hydra.plugins.config_source import ConfigResult, ConfigSource
from hydra.plugins.search_path_plugin import SearchPathPlugin
from omegaconf import OmegaConf

from rlnotes import catalog
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
        known = catalog.CATALOGS.get(group, ())
        return config_path == "settings" or name in known or (group == "env" and name in gymnasium.registry)

    def list(self, config_path: str, results_filter: ObjectType | None) -> list[str]:
        return sorted(catalog.CATALOGS.get(config_path, {}))

    def load_config(self, config_path: str) -> ConfigResult:
        group, _, name = config_path.partition("/")
        if config_path == "settings":
            node = OmegaConf.structured(Settings)
        elif cls := catalog.find(group, name):
            # The fields alone, since OmegaConf does not accept everything else that a class has.
            node = OmegaConf.structured(make_dataclass(name, [(f.name, f.type, f) for f in fields(cls)]))
        else:
            node = OmegaConf.create(Registered.defaults(name))
        return ConfigResult(provider="catalog", path=f"catalog://{config_path}", config=node, header={"package": None})


class CatalogSearchPath(SearchPathPlugin):
    """Lets Hydra search the catalogue from the start, so that it also completes names and expands patterns."""

    def manipulate_search_path(self, search_path: ConfigSearchPath) -> None:
        search_path.append("catalog", "catalog://")
