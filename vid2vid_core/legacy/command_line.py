"""Reading a command line of the original: `python train.py --name label2city_512 ...`."""

import difflib
import shlex
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import Literal

from vid2vid_core.legacy.flags import FLAGS, Flag

Value = int | float | str | bool | tuple[int, ...] | None


@dataclass(frozen=True)
class Command:
    """A command line of the original, with its values in their types."""

    text: str
    """As it was typed, on one line."""
    phase: Literal["train", "test"]
    """Which of the two programs it called."""
    given: dict[str, Value] = field(default_factory=dict)
    """The flags it names, in its order."""
    typed: dict[str, str] = field(default_factory=dict)
    """Each of them as it was typed, with its value."""

    def value(self, name: str) -> Value:
        """The value of a flag, given or by default."""
        return self.given[name] if name in self.given else FLAGS[name].default

    def number(self, name: str) -> int:
        """The value of a flag that takes a whole number."""
        return int(str(self.value(name)))

    def text_of(self, name: str) -> str:
        """The value of a flag that takes text."""
        return str(self.value(name))


def parse_command(text: str) -> Command:
    """Read one command line; what comes before train.py or test.py (python, variables, a launcher) is left alone.

    Raises:
        ValueError: Listing everything that cannot be read: no train.py or test.py, unknown flags (with the nearest
            known one), missing or surplus values, values of the wrong type.
    """
    try:
        words = shlex.split(text.replace("\\\n", " "), comments=True)
    except ValueError as error:
        raise ValueError(f"cannot be split into words ({error}); give the whole command in quotes: {text!r}") from None
    phase, words = _program(words, text)
    given: dict[str, Value] = {}
    typed: dict[str, str] = {}
    problems: list[str] = []
    while words:
        word = words.pop(0)
        if not word.startswith("--"):
            problems.append(f"'{word}' belongs to no flag")
            continue
        name, equals, value = word.removeprefix("--").partition("=")
        if name not in FLAGS:
            problems.append(_unknown(name))
            while words and not words[0].startswith("--"):
                words.pop(0)  # its value
            continue
        values = [value] if equals else []
        if not equals:
            values = [words.pop(0)] if words and not words[0].startswith("--") else []
        try:
            given[name] = _read_value(FLAGS[name], values)
            typed[name] = " ".join([f"--{name}", *values])
        except ValueError as error:
            problems.append(f"--{name} {error}")
    if problems:
        raise ValueError("\n  ".join([f"{text.strip().splitlines()[0][:100]}:", *problems]))
    return Command(" ".join(shlex.split(text.replace("\\\n", " "), comments=True)), phase, given, typed)


def _program(words: list[str], text: str) -> tuple[Literal["train", "test"], list[str]]:
    for position, word in enumerate(words):
        name = PurePath(word).name
        if name in ("train.py", "test.py"):
            return ("train" if name == "train.py" else "test"), words[position + 1 :]
    raise ValueError(
        f"names neither train.py nor test.py: {text!r}; give a whole command of the original in quotes, such as "
        "'python train.py --name label2city_512 --label_nc 35'"
    )


def _unknown(name: str) -> str:
    by_small_letters = {known.lower(): known for known in FLAGS}
    near = difflib.get_close_matches(name.lower(), by_small_letters, n=1, cutoff=0.5)
    hint = f"; did you mean --{by_small_letters[near[0]]}?" if near else "; the original has no such flag that we know"
    return f"--{name}: unknown{hint}"


def _read_value(flag: Flag, values: list[str]) -> Value:
    """The value in its type. Raises ValueError saying what was expected."""
    if flag.kind == "switch":
        if values:
            raise ValueError(f"takes no value, got '{values[0]}'")
        return True
    if not values:
        raise ValueError("needs a value")
    try:
        if flag.kind == "int":
            return int(values[0])
        if flag.kind == "float":
            return float(values[0])
        if flag.kind == "ids":
            return tuple(int(part) for part in values[0].split(",") if part)
    except ValueError:
        wanted = {"int": "a whole number", "float": "a number", "ids": "whole numbers with commas between them"}
        raise ValueError(f"takes {wanted[flag.kind]}, got '{values[0]}'") from None
    return values[0]
