"""Configurations that the user wants run next: read, checked against the space, kept in line."""

from __future__ import annotations

import csv
import math
import threading
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from io import TextIOBase
from pathlib import Path
from typing import Any

from .errors import DataError, SpaceError
from .hyper_parameter import HyperParameter, SpaceVersion
from .trial import Config, Provenance, Trial

OPTIMIZER = "user"
_OWNER = "Study.enqueue"
_KEY, _ROW = "enqueued", "row"


def read_configs(given: Any, space: SpaceVersion) -> list[Config]:
    """Read configurations and check each against the space: all of them, or none.

    Parameters
    ----------
    given : dict, list of dict, pandas.DataFrame, or CSV file
        The columns of a table are hyper-parameters; an empty cell (NaN) is an inactive one. A
        file is given by its path, or opened for reading text.
    space : SpaceVersion
        What they must fit into. Held hyper-parameters may be left out.

    Returns
    -------
    list of dict, length n
        In the order given, in the user's own units.

    Raises
    ------
    SpaceError
        A name is unknown or missing, or a value is not allowed; the message names the row,
        counted from 1.
    DataError
        The file cannot be read.
    """
    rows = _rows(given, space)
    if not rows:
        raise SpaceError.must(_OWNER, "be given a configuration", given, "Give one or more.")
    is_one = isinstance(given, Mapping)
    owners = [_OWNER if is_one else f"{_OWNER}[row {place}]" for place in range(1, len(rows) + 1)]
    return [_checked(row, space, owner) for row, owner in zip(rows, owners, strict=True)]


class Enqueued:
    """The configurations that wait, in the order given; used by any thread.

    Which of them have run is told by the trials themselves, whose provenance names the list and
    the row: a stored configuration is neither lost nor run twice, however a run ends.
    """

    def __init__(self) -> None:
        self._lists: dict[str, list[Config]] = {}
        self._line: deque[tuple[str, int]] = deque()
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._line)

    @property
    def lists(self) -> dict[str, list[Config]]:
        """All lists by their keys, those that have run included."""
        return dict(self._lists)

    def add(self, key: str, configs: Sequence[Config]) -> None:
        """Put a list at the end of the line; one that is there already is left alone."""
        with self._lock:
            if key not in self._lists:
                self._lists[key] = list(configs)
                self._line.extend((key, row) for row in range(len(configs)))

    def start(self, trials: Iterable[Trial]) -> None:
        """Begin anew with all that `trials` do not have."""
        facts = [one.provenance.facts for one in trials if one.provenance.optimizer == OPTIMIZER]
        run = {(one.get(_KEY), one.get(_ROW)) for one in facts}
        with self._lock:
            places = [(key, row) for key, one in self._lists.items() for row in range(len(one))]
            self._line = deque(place for place in places if place not in run)

    def take(self) -> tuple[Config, Provenance] | None:
        """Take the next one out of the line; None when nothing waits."""
        with self._lock:
            if not self._line:
                return None
            key, row = self._line.popleft()
            configs = self._lists[key]
        reason = "enqueued by the user"
        if len(configs) > 1:
            reason += f", {row + 1:,} of {len(configs):,}"
        return configs[row], Provenance(OPTIMIZER, reason, facts={_KEY: key, _ROW: row})


def _rows(given: Any, space: SpaceVersion) -> list[Any]:
    if isinstance(given, Mapping):
        return [given]
    if isinstance(given, (str, Path)):
        return _rows_of_path(Path(given), space)
    if isinstance(given, TextIOBase):
        return _csv_rows(given, space, getattr(given, "name", "The table"))
    if hasattr(given, "to_dict") and hasattr(given, "columns"):
        return [_without_gaps(row, space) for row in given.to_dict("records")]
    if isinstance(given, Iterable):
        return list(given)
    advice = "Give a dict, a list of dicts, a DataFrame or the path of a CSV file."
    raise SpaceError.must(_OWNER, "be given configurations", given, advice)


def _rows_of_path(path: Path, space: SpaceVersion) -> list[Config]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            return _csv_rows(file, space, str(path))
    except OSError as error:
        raise _cannot_be_read(str(path), error) from error


def _csv_rows(file: TextIOBase, space: SpaceVersion, name: str) -> list[Config]:
    try:
        rows = list(csv.DictReader(file, restkey="", restval="", strict=True))
    except (UnicodeDecodeError, csv.Error) as error:
        raise _cannot_be_read(name, error) from error
    return [_parsed(row, space) for row in rows]


def _cannot_be_read(name: str, error: Exception) -> DataError:
    why = getattr(error, "strerror", None) or str(error)
    return DataError(f"{name!r} cannot be read: {why}.", name=name)


def _parsed(row: Mapping[str, Any], space: SpaceVersion) -> Config:
    """Give the texts of a CSV row their types; what has none stays text, and is refused later."""
    cells = {name.strip(): cell for name, cell in row.items()}
    return {
        name: _typed(cell, space[name]) if name in space and isinstance(cell, str) else cell
        for name, cell in cells.items()
        if cell != ""
    }


def _typed(text: str, one: HyperParameter) -> Any:
    text = text.strip()
    if one.kind == "choice":
        return next((choice for choice in one.choices if str(choice) == text), text)
    for kind in (int, float):  # a column with gaps is written as 5.0 by pandas
        try:
            return kind(text)
        except ValueError:
            continue
    return text


def _without_gaps(row: Mapping[Any, Any], space: SpaceVersion) -> dict[Any, Any]:
    """Drop the cells of a data frame that say nothing; None says something where it is a choice."""
    kept: dict[Any, Any] = {}
    for name, cell in row.items():
        if cell is None or (isinstance(cell, float) and math.isnan(cell)):
            if name in space and space[name].contains(None):
                kept[name] = None
        else:
            kept[name] = cell
    return kept


def _checked(row: Any, space: SpaceVersion, owner: str) -> Config:
    if not isinstance(row, Mapping):
        raise SpaceError.must(owner, "be a dict", row, 'Write {"lr": 0.1, ...}.')
    for name in row:
        if name not in space:
            rule = f"name hyper-parameters of the space ({', '.join(space.names)})"
            raise SpaceError.must(owner, rule, name, "Check the spelling.")
    given = {name: _allowed(value, space[name], owner) for name, value in row.items()}
    values = {**space.fixed, **given}
    in_order = {name: values[name] for name in space.names if name in values}
    config = space.conditions.active(in_order)
    _check_whole(config, given, space, owner)
    return config


def _allowed(value: Any, one: HyperParameter, owner: str) -> Any:
    value = _plain(value, one)
    owner = f"{owner}.{one.name}"
    if not one.is_searched:
        if repr(value) != repr(one.value):
            advice = "It is not searched: leave it out, or search it."
            raise SpaceError.must(owner, f"be {one.value!r}", value, advice)
    elif not one.contains(value):
        is_choice = one.kind == "choice"
        rule = f"be one of {list(one.choices)}" if is_choice else _range_rule(one)
        raise SpaceError.must(owner, rule, value, "Change it, or widen the search space.")
    return value


def _range_rule(one: HyperParameter) -> str:
    kind = "whole number" if one.kind == "int" else "number"
    return f"be a {kind} from {one.low:g} to {one.high:g}"


def _plain(value: Any, one: HyperParameter) -> Any:
    """Turn numbers of NumPy into those of Python, and 3.0 into 3 where it is to be whole."""
    if type(value).__module__ == "numpy" and hasattr(value, "item"):
        value = value.item()
    if isinstance(value, float) and value.is_integer() and one.contains(int(value)):
        # As a column of whole numbers with gaps has them.
        return value if one.contains(value) else int(value)
    if one.kind == "real" and type(value) is int:
        return float(value)
    return value


def _check_whole(config: Config, given: Mapping[str, Any], space: SpaceVersion, owner: str) -> None:
    """Check what one value says of the others: conditions, constraints, nothing left out."""
    conditions = space.conditions
    for name in given:
        if name not in config:
            rule = f"be left out unless {space[name].active_when}"
            raise SpaceError.must(f"{owner}.{name}", rule, given[name], "Leave it out.")
    for one in space.searched:
        condition = conditions.by_name.get(one.name)
        is_due = condition is None or conditions.is_active(condition, config)
        if is_due and one.name not in config:
            rule = f"have a value for {one.name}"
            raise SpaceError.must(owner, rule, dict(given), "Add it.")
    for text in conditions.broken(config):
        advice = "Change a value, or drop the constraint."
        raise SpaceError.must(owner, f"meet {text}", dict(config), advice)
