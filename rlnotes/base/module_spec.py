"""Where Python would load a module from."""

import sys
from functools import cache
from importlib.machinery import ModuleSpec


@cache
def module_spec(module: str) -> ModuleSpec | None:
    """Find a module without importing its package, as importlib.util.find_spec would; None if it does not exist."""
    package = module.rpartition(".")[0]
    around = module_spec(package) if package else None
    folders = around.submodule_search_locations if around else None
    if package and folders is None:
        return None
    return next((spec for finder in sys.meta_path if (spec := finder.find_spec(module, folders))), None)
