"""The words of a command line, as Hydra can read them."""

import re
import shlex
from dataclasses import fields

from hydra.core.override_parser.overrides_parser import OverridesParser

from rlnotes import catalog
from rlnotes.base.errors import SettingError, suggestion
from rlnotes.cli.commands import COMMANDS
from rlnotes.settings import Settings

ONLY = "only"
"""the node of the settings of one agent among several, by its name"""

WRONG = [
    (r"(\w+)(?:==|:=|:)(\w+)", r"\1=\2"),
    (r"(steps|episodes|runs)=(\d+)[kK]", r"\1=\g<2>000"),
    (r"(steps|episodes|runs)=(\d+)[mM]", r"\1=\g<2>000000"),
    (r"(\w+\.\w+)=(\d)%", r"\1=0.0\2"),
    (r"(\w+\.\w+)=(\d\d)%", r"\1=0.\2"),
    (r"(\w+\.\w+)=[({]([^(){}:]+)[)}]", r"\1=[\2]"),
    (r"(agent|env)=,*([^,]+(?:,[^,]+)*),+", r"\1=\2"),
    (r"(agent|env)=,+([^,]+(?:,[^,]+)*)", r"\1=\2"),
]
"""patterns of words that nothing can read, and the words that they mean"""
SETTINGS = {field.name for field in fields(Settings)}


def require_key_and_value(words: list[str]) -> None:
    """Raise `SettingError` for words that people write instead of KEY=VALUE, with these words put right.

    Other words without a value are left to Hydra, which has options with words of their own.
    """
    for i, word in enumerate(words):
        key, equals, value = word.partition("=")
        name = key.lstrip("-")
        if value.count("[") > value.count("]"):
            whole = (" ".join(words[i:end]) for end in range(i + 2, len(words) + 1))
            if typed := next((text for text in whole if text.count("[") == text.count("]")), None):
                raise SettingError(key, typed.partition("=")[2], f"has a space: write {shlex.quote(typed)}")
        if word.startswith("~"):
            raise SettingError("argument", word, "must be KEY=VALUE, such as agent=ucb; no setting can be removed")
        if equals:
            require_readable(key, value, words[i + 1 : i + 2])
        for pattern, right in WRONG:
            if found := re.fullmatch(pattern, word):
                raise SettingError(key, value, f"cannot be read: write {found.expand(right)}")
        if is_setting(name):
            after = next((following for following in words[i + 1 : i + 3] if following != "="), "")
            if after and not value and "=" not in after and not after.startswith("-"):
                typed = " ".join(words[i : words.index(after, i + 1) + 1])
                raise not_key_and_value(typed, name, after)
            if equals and key != name:
                raise not_key_and_value(word, name, value)
        for group in catalog.CATALOGS:
            if word.lower() in catalog.names(group):
                raise not_key_and_value(word, group, word)
        if i == 0 and not equals and (close := suggestion(word, [*COMMANDS, "--help", "--version"])):
            raise SettingError("argument", word, f"must be KEY=VALUE, such as agent=ucb, or a command{close}")


def require_readable(key: str, value: str, following: list[str]) -> None:
    """Raise `SettingError` for a value with wrong separators, with the value put right.

    The `following` word is one of several names if there is a space between them.
    """
    if re.fullmatch(r"\d{1,3}(,\d{3})*,0\d\d(,\d{3})*", value):
        raise SettingError(key, value, f"has commas, which separate values: write {key}={value.replace(',', '')}")
    if key == "seed" and (ends := re.fullmatch(r"(\d+)(?:-|:|\.\.)(\d+)", value)):
        raise SettingError(key, value, f"cannot be read: write 'seed=range({ends[1]},{int(ends[2]) + 1})'")
    if key in catalog.CATALOGS and value:
        names = names_in(key, " ".join([value, *following])) or names_in(key, value)
        if names and ",".join(names) not in (value, value.strip(",")):
            raise SettingError(key, value, f"must be names with commas between them: write {key}={','.join(names)}")


def names_in(group: str, value: str) -> list[str]:
    """The names of the catalogue in a value with other separators than commas; empty if something else is there."""
    pieces = [piece for piece in re.split(r"[][;+| ,]+", value) if piece]
    return pieces if all(piece in catalog.names(group) for piece in pieces) else []


def is_setting(name: str) -> bool:
    """Whether a key is that of a setting, so that no option of Hydra's has this name."""
    return name in SETTINGS or name.startswith(("agent.", "env.", "plot."))


def not_key_and_value(typed: str, key: str, value: str) -> SettingError:
    """The error of words without KEY=VALUE; names of agents and environments are written in lower case."""
    if value.lower() in (catalog.names(key) if key in catalog.CATALOGS else ()):
        value = value.lower()
    return SettingError("argument", typed, f"must be KEY=VALUE: write {key}={value}")


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
    known = {*catalog.names("agent"), *classes} - SETTINGS
    return [f"+{ONLY}.{word}" if "." in word and word.partition(".")[0] in known else word for word in words]
