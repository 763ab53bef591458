"""Where Python would load a module from."""

import sys
from functools import cache
from importlib.machinery import ModuleSpec


@cache
def module_spec(module: str) -> ModuleSpec | None:
    """Where a module is; None if there is none. importlib.util.find_spec would import the packages around it."""
    package = module.rpartition(".")[0]
    around = module_spec(package) if package else None
    folders = around.submodule_search_locations if around else None
    if package and folders is None:
        return None
    return next((spec for finder in sys.meta_path if (spec := finder.find_spec(module, folders))), None)
