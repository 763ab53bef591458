"""Classes by name, imported when they are first used."""

from importlib import import_module
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

    def attribute(self, attribute: str) -> Any:
        """The class called `attribute`: the `__getattr__` of a package that offers the catalogue's classes."""
        for path in self.values():
            if path.endswith(":" + attribute):
                return load_class(path)
        raise AttributeError(f"{attribute} is not one of {', '.join(self.classes)}")
