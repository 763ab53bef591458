"""The `P` of Gymnasium's toy-text environments as JSON."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from rlnotes.envs.mdps.base.files.contents import Contents, in_order
from rlnotes.envs.mdps.base.model_builders import columns_of_function
from rlnotes.envs.mdps.base.model_checks import Names


def read_json(file: Path) -> Contents:
    """Read {state: {action: [[probability, next state, reward, terminated], …]}}; lists may take the place of {…}.

    Raises `ValueError` with the line and column, or the state and action, at fault.
    """
    try:
        table = json.loads(file.read_text(encoding="utf-8-sig"))
    except json.JSONDecodeError as error:
        raise ValueError(f"line {error.lineno}, column {error.colno}: {error.msg}") from None
    by_state = by_name(table, "it")
    rows = {state: by_name(actions, f"state {state}") for state, actions in by_state.items()}
    states, actions = in_order(rows), in_order(action for row in rows.values() for action in row)

    def outcomes(state: Any, action: Any) -> Iterable[Any]:
        found = rows[str(state)].get(str(action), ())
        return [with_name(outcome) for outcome in found] if isinstance(found, list) else found

    def with_name(outcome: Any) -> Any:
        """An outcome with the name of its next state, which may be written as a number or as a word."""
        if isinstance(outcome, list) and len(outcome) == 4:
            return [outcome[0], states.get(str(outcome[1]), outcome[1]), *outcome[2:]]
        return outcome

    names = Names([*states.values()], [*actions.values()])
    return Contents(columns_of_function(*names, outcomes, start=names.states[0]), names, None)


def by_name(found: Any, what: str) -> dict[str, Any]:
    """A dictionary by names, or a list by numbers."""
    if isinstance(found, list):
        return {str(i): one for i, one in enumerate(found)}
    if not isinstance(found, dict) or not found:
        raise ValueError(f"{what} must be {{…}} or […] with something inside")
    return found
