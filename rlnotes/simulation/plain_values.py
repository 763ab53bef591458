"""Settings as files have them."""

import json
from typing import Any

import numpy as np


def plain(settings: dict[str, Any]) -> tuple[dict[str, Any], list[Any]]:
    """Settings as JSON has them, with arrays as lists and other objects by the names of their types; these objects."""
    objects = []

    def written(value: Any) -> Any:
        if isinstance(value, np.ndarray | np.generic):
            return value.tolist()
        objects.append(value)
        return type(value).__name__

    return json.loads(json.dumps(settings, default=written)), objects
