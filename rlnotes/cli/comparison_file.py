"""A comparison as a file: the words of a command, one KEY: VALUE in a line."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import yaml

from rlnotes.base.errors import SettingError

ENDINGS = (".yaml", ".yml")
"""the ends of the names of such files"""
ELSEWHERE = re.compile(r"results=|\+*hydra[./]launcher")
"""the beginning of a word that says where a command runs and writes"""


@dataclass
class ComparisonFile:
    """A comparison that stands in a file."""

    file: str
    words: dict[str, str]
    """KEY=VALUE by key"""
    lines: dict[str, int]
    """the line of each key"""

    @classmethod
    def read(cls, file: str) -> Self:
        """Read a file. Raises `SettingError`, with the line, if it has anything but KEY: VALUE."""
        found = cls(file, {}, {})
        try:
            loader = yaml.SafeLoader(Path(file).read_text(encoding="utf-8"))
            node = loader.get_single_node()
            if not isinstance(node, yaml.MappingNode):
                raise found.fault("must have KEY: VALUE in each line, such as agent: etc,ucb")
            for key, value in node.value:
                found.add(key.value, loader.construct_object(value, deep=True), key.start_mark.line + 1)
        except OSError as error:
            raise found.fault(error.strerror or str(error)) from None
        except yaml.MarkedYAMLError as error:
            line = f"line {error.problem_mark.line + 1}: " if error.problem_mark else ""
            raise found.fault(f"{line}{error.problem}") from None
        except (UnicodeDecodeError, yaml.YAMLError) as error:
            raise found.fault(str(error)) from None
        return found

    def add(self, key: str, value: Any, line: int) -> None:
        """Add the key of a line. Raises `SettingError` if it is there already, or has keys inside."""
        if key in self.words:
            raise self.fault(f"line {line}: {key} is there twice")
        if isinstance(value, dict):
            inner = "".join(f"; write {key}.{first}: {inside(one)}" for first, one in [*value.items()][:1])
            raise self.fault(f"line {line}: {key} must have one value{inner}")
        self.words[key] = f"{key}={value if isinstance(value, str) else inside(value)}"
        self.lines[key] = line

    def fault(self, requirement: str) -> SettingError:
        """The error of this file."""
        return SettingError("comparison", self.file, requirement)

    def located(self, error: SettingError) -> SettingError:
        """An error of a command, with the line of its setting if it stands in this file."""
        if error.setting not in self.lines:
            return error
        where = f"{self.file}, line {self.lines[error.setting]}"
        return SettingError(error.setting, error.value, f"{error.requirement} ({where})")


def inside(value: Any) -> str:
    """A value as a command writes it inside a list, where text that is more than a word has quotes."""
    if isinstance(value, list):
        return f"[{','.join(map(inside, value))}]"
    if isinstance(value, dict):
        return f"{{{','.join(f'{key}: {inside(one)}' for key, one in value.items())}}}"
    if isinstance(value, str) and not re.fullmatch(r"[A-Za-z][\w./-]*", value):
        return json.dumps(value, ensure_ascii=False)
    return "null" if value is None else str(value).lower() if isinstance(value, bool) else str(value)


def expanded(words: list[str]) -> tuple[list[str], ComparisonFile | None]:
    """The words of a command with those of the file that it names, and the file. A word of the command goes first.

    Raises `SettingError` if the file cannot be read, or if there are several.
    """
    named = [word for word in words if word.endswith(ENDINGS) and "=" not in word]
    if not named:
        return words, None
    if len(named) > 1:
        raise SettingError("comparison", " ".join(named), "must be one file")
    file = ComparisonFile.read(named[0])
    others = [word for word in words if word != file.file]
    typed = {word.lstrip("+").partition("=")[0] for word in others}
    return [*(word for key, word in file.words.items() if key not in typed), *others], file


def as_file(words: Sequence[str], usual: dict[str, Any]) -> str:
    """The text of the file with the words of a command; `ComparisonFile.read` gives the same words again.

    The `usual` values, of settings that the command has not, stand there too, since defaults may change.
    """
    pairs = [word.lstrip("+").partition("=")[::2] for word in words if "=" in word and not ELSEWHERE.match(word)]
    typed = {key: value for key, value in pairs if not key.startswith("-")}
    content = usual | {key: as_content(value) for key, value in typed.items()}
    return yaml.safe_dump(content, sort_keys=False, default_flow_style=None, allow_unicode=True, width=10_000)


def as_content(value: str) -> Any:
    """The number, list or truth that a word means, if it is written back as the same word; else the word."""
    try:
        content = yaml.safe_load(value)
    except yaml.YAMLError:
        return value
    return content if isinstance(content, bool | int | float | list) and inside(content) == value else value
