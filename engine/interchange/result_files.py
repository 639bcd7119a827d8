"""Result files of other tools: read as text or JSON, refused in words, never unpickled."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from ..errors import DataError
from ..hyper_parameter import SpaceVersion
from ..metric import Metric
from ..settings import Settings
from ..study_data import StudyData
from ..trial import Trial
from .observed_space import observed_space


def read_json(path: Path) -> Any:
    """Read one JSON file, NaN and Infinity included.

    Raises
    ------
    DataError
        It is not there or is no whole JSON.
    """
    text = read_text(path)
    try:
        return json.loads(text)
    except ValueError as error:
        message = f"{str(path)!r} must be whole JSON ({error}). Copy it again."
        raise DataError(message, name=path.name) from error


def read_json_lines(path: Path) -> list[Any]:
    """Read a file of one JSON value per line; a last line that was cut off is left out."""
    lines = [line for line in read_text(path).splitlines() if line.strip()]
    values = []
    for number, line in enumerate(lines, 1):
        try:
            values.append(json.loads(line))
        except ValueError as error:
            if number == len(lines):
                break
            message = f"{str(path)!r}, line {number}, must be JSON ({error}). Copy it again."
            raise DataError(message, name=path.name) from error
    return values


def read_text(path: Path) -> str:
    """Read a text file.

    Raises
    ------
    DataError
        It is not there, or is not UTF-8.
    """
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        message = f"{str(path)!r} cannot be read: {error.strerror}. Check its name."
        raise DataError(message, name=path.name) from error
    except UnicodeDecodeError as error:
        message = f"{str(path)!r} must be text; it is binary. Choose another file."
        raise DataError(message, name=path.name) from error


def as_folder(source: str | Path, owner: str) -> Path:
    """Return the folder that is meant.

    Raises
    ------
    DataError
        There is none.
    """
    path = Path(source)
    if not path.is_dir():
        raise DataError.must(owner, "be a folder that is there", str(source), "Check its name.")
    return path


def chosen_score(found: Sequence[str], score: str | None, owner: str) -> str:
    """Return the metric that is the score: the one asked for, or the only one there is.

    Raises
    ------
    DataError
        It is not there, or there are several and none was asked for.
    """
    if score is None and len(found) == 1:
        return found[0]
    if score is None or score not in found:
        rule = f"be one of {sorted(found)}"
        raise DataError.must(f"{owner}.score", rule, score, "Choose one of these.")
    return score


def study_of(
    trials: Sequence[Trial], *, name: str, tool: str, metric: Metric, space: SpaceVersion | None
) -> StudyData:
    """Put a study together of trials of another tool, numbered in their order."""
    space = space or observed_space([one.config for one in trials], f"seen in {tool}")
    numbered = tuple(
        replace(one, number=number, space_version=space.number)
        for number, one in enumerate(trials, 1)
    )
    settings = Settings(
        optimizer="random", n_trials=max(1, len(numbered)), metric=metric, model=name
    )
    return StudyData(name, settings, (space,), numbered, {"imported from": tool})


def flattened(values: Mapping[str, Any], separator: str = "/") -> dict[str, Any]:
    """Return a nested dict as a flat one: ``{"a": {"b": 1}}`` becomes ``{"a/b": 1}``."""
    flat: dict[str, Any] = {}
    for name, value in values.items():
        if isinstance(value, Mapping):
            inner = flattened(value, separator)
            flat |= {f"{name}{separator}{deeper}": one for deeper, one in inner.items()}
        else:
            flat[str(name)] = value
    return flat
