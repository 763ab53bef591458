"""Cassandra's format, which pomdp-solve reads, for models whose states are observed: files .MDP."""

import re
from collections.abc import Sequence
from math import prod
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from rlnotes.base.errors import suggestion
from rlnotes.base.memory_check import require_memory
from rlnotes.envs.mdps.base.files.contents import Contents
from rlnotes.envs.mdps.base.model_builders import columns_of_arrays
from rlnotes.envs.mdps.base.model_checks import Names
from rlnotes.envs.mdps.base.table_kernels import SUM_TOLERANCE

HEADINGS = ("discount", "values", "states", "actions", "start", "start include", "start exclude", "T", "R")
WORD = re.compile(r":|[^\s:]+")
COMMENT = re.compile(r"#.*")


class Word(NamedTuple):
    """A word, a number or a colon, and where it stands, from 1."""

    text: str
    line: int
    column: int

    def fault(self, requirement: str) -> ValueError:
        """The error of this word."""
        return ValueError(f"line {self.line}, column {self.column} is {self.text!r}: {requirement}")

    def number(self) -> float:
        """The word as a number. Raises `ValueError` if it is another word."""
        try:
            return float(self.text)
        except ValueError:
            raise self.fault("must be a number") from None

    def place(self, names: Sequence[Any]) -> int:
        """The place of a state or action among the names, from 0; the word is a name or a place.

        Raises `ValueError` if the word is neither.
        """
        if self.text in names:
            return names.index(self.text)
        if self.text.isdecimal() and int(self.text) < len(names):
            return int(self.text)
        close = suggestion(self.text, map(str, names))
        raise self.fault(f"must be * or one of {len(names)} names, or their numbers from 0 to {len(names) - 1}{close}")


class Section(NamedTuple):
    """A heading, such as T, and the words after its colon."""

    heading: Word
    words: list[Word]

    def only(self) -> Word:
        """The only word; raises `ValueError` if there are none or more."""
        if len(self.words) != 1:
            raise self.heading.fault("must have one word after its colon")
        return self.words[0]


def read_cassandra(file: Path) -> Contents:
    """Read discount, values, states, actions, perhaps start, and T: and R: with wildcards, rows and matrices.

    A later line replaces what an earlier one says. With `values: cost`, a reward is minus the cost. Raises `ValueError`
    with the line and the column at fault.
    """
    sections = sections_of(file.read_text(encoding="utf-8-sig"))
    last = {section.heading.text: section for section in sections}
    if missing := [key for key in ("discount", "states", "actions") if key not in last]:
        raise ValueError(f"it has no {missing[0]}:")
    names = Names(*(names_in(last[key]) for key in ("states", "actions")))
    states, actions = map(len, names)
    require_memory("file", file, 24 * actions * states**2)
    transition, reward = np.zeros((2, actions, states, states))
    line = np.zeros((actions, states), int)  # the last that gives the probabilities of a row
    for section in sections:
        if section.heading.text == "T":
            line[fill(transition, section, names)] = section.heading.line
        elif section.heading.text == "R":
            fill(reward, section, names)
    require_sums(transition, line, names)
    costs = "values" in last and is_cost(last["values"].only())
    starts = [section for section in sections if section.heading.text.startswith("start")]
    start = start_in(starts[-1], names.states) if starts else 0
    transition, reward = transition.swapaxes(0, 1), (-reward if costs else reward).swapaxes(0, 1)
    return Contents(columns_of_arrays(transition, reward, (), start), names, last["discount"].only().number())


def sections_of(text: str) -> list[Section]:
    """The sections of a file: a word before a colon is a heading, unless another colon stands before it.

    Raises `ValueError` if a heading is unknown, or if something stands before the first.
    """
    words = [
        Word(match[0], number, match.start() + 1)
        for number, line in enumerate(text.splitlines(), 1)
        for match in WORD.finditer(COMMENT.sub("", line))
    ]
    if not words:
        raise ValueError("it is empty")
    found, before = list[Section](), Word("", 0, 0)
    for word, after in zip(words, [*words[1:], before], strict=True):
        if after.text == ":" and ":" not in (word.text, before.text):
            if found and found[-1].words and before.text == "start":  # start include: and start exclude:
                word = found[-1].words.pop()._replace(text=f"start {word.text}")
            if word.text not in HEADINGS:
                if word.text in ("observations", "O"):
                    raise word.fault("a model with observations hides its states, and cannot be read")
                raise word.fault(f"unknown{suggestion(word.text, HEADINGS)}")
            found.append(Section(word, []))
        elif not found:
            raise word.fault(f"must be one of {', '.join(HEADINGS)}, and a colon")
        elif not (word.text == ":" and not found[-1].words):  # the colon of the heading
            found[-1].words.append(word)
        before = word
    return found


def names_in(section: Section) -> list[str] | range:
    """The names that a section lists, or the numbers if it has how many there are."""
    words = [word.text for word in section.words]
    if len(words) == 1 and words[0].isdecimal() and int(words[0]) > 0:
        return range(int(words[0]))
    for i, word in enumerate(section.words):
        if not word.text[0].isalpha():
            raise word.fault("must be a name, which begins with a letter, or how many there are")
        if word.text in words[:i]:
            raise word.fault("is there twice")
    return words


def is_cost(word: Word) -> bool:
    """Whether the values are costs."""
    if word.text not in ("reward", "cost"):
        raise word.fault("must be reward or cost")
    return word.text == "cost"


def start_in(section: Section, states: Sequence[Any]) -> int | np.ndarray:
    """The state in which an episode begins, or the probability of each [states]."""
    kind, words = section.heading.text, section.words
    if kind == "start" and len(words) == 1:
        return np.full(len(states), 1 / len(states)) if words[0].text == "uniform" else words[0].place(states)
    if kind == "start":
        return np.array([word.number() for word in words])
    chosen = np.isin(np.arange(len(states)), [word.place(states) for word in words]) == (kind == "start include")
    if not chosen.any():
        raise section.heading.fault("leaves no state")
    return chosen / chosen.sum()


def fill(table: np.ndarray, section: Section, names: Names) -> Any:
    """Set the numbers of a section, `T: action : state : next state` and so on, in a table [actions, states, states].

    Returns the place of the actions and states.
    """
    groups: list[list[Word]] = [[]]
    for word in section.words:
        if word.text == ":":
            groups.append([])
        else:
            groups[-1].append(word)
    empty, crowded = not all(groups), [group[1] for group in groups[:-1] if len(group) > 1]
    if empty:
        raise section.heading.fault("must have a name, a number or * after each colon")
    if crowded:
        raise crowded[0].fault("must be a colon")
    chosen, numbers = [group[0] for group in groups], groups[-1][1:]
    if section.heading.text == "R" and len(chosen) == 4 and chosen[3].text == "*":  # an observation, in files of others
        chosen.pop()
    if len(chosen) > 3:
        raise chosen[3].fault("must be a number, after action, state and next state")
    kinds = names.actions, names.states, names.states
    places = [slice(None) if word.text == "*" else word.place(kind) for word, kind in zip(chosen, kinds, strict=False)]
    places += [slice(None)] * (3 - len(places))
    table[tuple(places)] = numbers_in(numbers, table.shape[len(chosen) :], section.heading)
    return tuple(places[:2])


def numbers_in(words: list[Word], shape: tuple[int, ...], heading: Word) -> Any:
    """The numbers in an array of this shape. Instead of numbers there may be uniform or, for a matrix, identity."""
    if len(words) == 1 and words[0].text == "uniform" and shape and heading.text == "T":
        return 1 / shape[-1]
    if len(words) == 1 and words[0].text == "identity" and len(shape) == 2 and heading.text == "T":
        return np.eye(shape[-1])
    numbers = [word.number() for word in words]
    if len(numbers) != prod(shape):
        raise heading.fault(f"must have {prod(shape)} numbers, and has {len(numbers)}")
    return np.reshape(numbers, shape)


def require_sums(transition: np.ndarray, line: np.ndarray, names: Names) -> None:
    """Raise `ValueError` if the probabilities of a state and action do not sum to 1."""
    total = transition.sum(axis=2)
    wrong = ~(np.abs(total - 1) <= SUM_TOLERANCE)
    if wrong.any():
        action, state = (int(place) for place in np.argwhere(wrong)[0])
        where = f"state {names.states[state]}, action {names.actions[action]}"
        if not line[action, state]:
            raise ValueError(f"{where} has no probabilities: T: {names.actions[action]} : {names.states[state]} …")
        sums = f"the probabilities of {where} sum to {total[action, state]:.9g}, not to 1"
        raise ValueError(f"line {line[action, state]}: {sums}")
