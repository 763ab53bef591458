"""Classes by name, imported when they are first used."""

from collections.abc import Mapping
from importlib import import_module
from types import MappingProxyType
from typing import Any


def load_class(path: str) -> type:
    """The class of a path, "module:Class"."""
    module, _, name = path.partition(":")
    return getattr(import_module(module), name)


class Catalog(dict[str, str]):
    """The place of each class, "module:Class", by its command-line name."""

    def name(self, cls: type) -> str | None:
        """The command-line name of a class, if it has one."""
        return next((name for name, path in self.items() if path == f"{cls.__module__}:{cls.__qualname__}"), None)

    @property
    def classes(self) -> list[str]:
        """Names of the classes: the `__all__` of a package that offers them."""
        return [path.partition(":")[2] for path in self.values()]

    def attribute(self, attribute: str, base: Mapping[str, str] = MappingProxyType({})) -> Any:
        """The class called `attribute`, of these or of `base`: the `__getattr__` of a package that offers them."""
        for path in [base.get(attribute, ""), *self.values()]:
            if path.endswith(":" + attribute):
                return load_class(path)
        raise AttributeError(f"{attribute} is not one of {', '.join([*self.classes, *base])}")
