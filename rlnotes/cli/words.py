"""The words of a command line, as Hydra can read them."""

import re
from dataclasses import fields

from hydra.core.override_parser.overrides_parser import OverridesParser

from rlnotes import catalog
from rlnotes.settings import Settings

ONLY = "only"
"""the node of the settings of one agent among several, by its name"""


def with_quotes(word: str) -> str:
    """A word whose parts with letters beyond ASCII are quoted, since Hydra reads such letters only in quotes."""
    if word.startswith("-") or set(word) & set("'\""):
        return word
    return re.sub(r"[^=,(){}\[\]]*[^\x00-\x7f][^=,(){}\[\]]*", r"'\g<0>'", word)


def with_swept_groups(words: list[str]) -> list[str]:
    """Make a setting of agents part of the sweep if agents are compared; the same for environments.

    With agent=sarsa,td, the word agent.alpha=0.1 becomes agent.alpha=choice(0.1). Otherwise Hydra would first apply it
    to the default agent, which may have no such setting.
    """
    parser = OverridesParser.create()
    parsed = {word: parser.parse_override(word) for word in words if "=" in word and not word.startswith("-")}
    swept = {override.key_or_group for override in parsed.values() if override.is_sweep_override()}

    def spread(word: str) -> str:
        group, dot, _ = word.partition(".")
        if not dot or group not in swept & set(catalog.CATALOGS) or parsed[word].is_sweep_override():
            return word
        key, _, value = word.partition("=")
        return f"{key}=choice({value})"

    return [spread(word) if word in parsed else word for word in words]


def with_own_settings(words: list[str]) -> list[str]:
    """Send words such as etc.pulls=50, which set one agent among several, to the node `only`.

    The word before the point is the name of an agent, or of its class if the command names the place of the class.
    """
    agents = [word.partition("=")[2] for word in words if word.startswith("agent=")]
    classes = re.findall(r":(\w+)", " ".join(agents))
    known = {*catalog.names("agent"), *classes} - {field.name for field in fields(Settings)}
    return [f"+{ONLY}.{word}" if "." in word and word.partition(".")[0] in known else word for word in words]
