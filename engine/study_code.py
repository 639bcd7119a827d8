"""The set-up of a study, and a selection of its trials, as a few lines of Python."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

from .attribute_names import attribute_of
from .hyper_parameter import HyperParameter, SpaceVersion
from .optimizers import DEFAULT_SCHEDULER
from .settings import Settings
from .source.literal_text import literal_text
from .source.writing import space_source

if TYPE_CHECKING:
    import pandas as pd

_SETTINGS = (
    "optimizer",
    "n_trials",
    "n_workers",
    "folds",
    "seed",
    "holdout",
    "max_seconds",
    "target_score",
    "patience",
    "min_improvement_left",
    "max_failures",
    "timeout_s",
    "memory_mb",
)
_EDITABLE = ("low", "high", "log", "step", "choices", "ordered", "value", "is_searched")
_TEXTS = ("active_when", "label", "unit")
_MOST_CONDITIONS = 4


@dataclass(frozen=True)
class Names:
    """What the user's code calls the parts of a study.

    Parameters
    ----------
    model, X, y : str
        Variables.
    """

    model: str = "model"
    X: str = "X"
    y: str = "y"

    @classmethod
    def found_in(cls, namespace: Mapping[str, Any], *objects: Any) -> Names:
        """Return the variables that hold these very objects; usual names for those not found."""
        names = []
        for default, one in zip(("model", "X", "y"), objects, strict=True):
            known = [
                name
                for name, value in namespace.items()
                if value is one and name.isidentifier() and not name.startswith("_")
            ]
            names.append(known[0] if known and one is not None else default)
        return cls(*names)


def study_code(
    settings: Settings,
    space: SpaceVersion,
    start: SpaceVersion | None = None,
    names: Names | None = None,
    what: str = "Study",
) -> str:
    """Write the statements that set a study up again.

    However often a range was changed, there is one statement with what it is now.

    Parameters
    ----------
    settings : Settings
        Those that are the default are not written.
    space : SpaceVersion
        What may vary.
    start : SpaceVersion, optional
        The space that the model has by itself, of which only the differences are written;
        without it the space is declared as a class.
    names : Names, optional
        The user's own variables.
    what : {"Study", "TuningDashboard"}
        What is made.

    Examples
    --------
    >>> lr = HyperParameter("lr", "real", 0.01, 1e-5, 1.0, log=True)
    >>> start = SpaceVersion(1, (lr,))
    >>> print(study_code(Settings(n_trials=80), SpaceVersion(2, (lr.edited(high=0.1),)), start))
    from tuneboard import SearchSpace, Study
    <BLANKLINE>
    space = SearchSpace.from_estimator(model)
    space.edit("lr", high=0.1)
    study = Study(model, X, y, space=space, n_trials=80)
    """
    names = Names() if names is None else names
    edits = None if start is None else _edits(start, space)
    arguments = [names.model, names.X, names.y]
    given = _given(settings)
    variable = "study" if what == "Study" else "board"
    if edits == []:
        head = f"from tuneboard import {what}\n"
    else:
        arguments.append("space=space")
        head = _space_lines(space, edits, names, what)
    if settings.fidelity is not None:
        head = _also_imported(head, "Fidelity")
    return f"{head}\n{variable} = {_call(what, [*arguments, *given])}"


def selection_code(
    frame: pd.DataFrame, numbers: Iterable[int], columns: Iterable[str], source: str = "trials"
) -> str:
    """Write the expression that gives exactly the selected trials.

    It is a rule, ranges of at most four columns, where one says just these; else the list of
    their numbers.

    Parameters
    ----------
    frame : DataFrame
        All trials, as `Study.to_frame` has them.
    numbers : iterable of int
        The selected ones.
    columns : iterable of str
        The columns that a rule may be about, most welcome first.
    source : str
        What the code calls the table.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"C": [0.1, 1.0, 5.0], "kernel": ["rbf", "rbf", "poly"]})
    >>> selection_code(frame, [1, 2], ["C", "kernel"])
    'trials[trials["C"] >= 1.0]'
    """
    chosen = frame.index.isin(list(numbers))
    if chosen.all() and len(frame):
        return source
    rules = {name: _rule(frame[name], chosen, source) for name in columns if name in frame}
    rules = {name: rule for name, rule in rules.items() if rule is not None}
    needed = _needed([rule for rule in rules.values() if rule], chosen)
    if needed is None:
        return f"{source}.loc[{sorted(frame.index[chosen].tolist())!r}]"
    texts = [text for _, text in needed]
    text = texts[0] if len(texts) == 1 else " & ".join(f"({one})" for one in texts)
    return f"{source}[{text}]"


def _rule(column: Any, chosen: Any, source: str) -> tuple[Any, str] | None:
    """Return which trials are within what the chosen ones span, and how to write that."""
    from pandas.api.types import is_bool_dtype, is_numeric_dtype

    inside = column[chosen]
    if not len(inside) or inside.isna().any():
        return None
    owner = f"{source}[{literal_text(str(column.name))}]"
    if is_numeric_dtype(column) and not is_bool_dtype(column):
        return _range(column, inside, owner)
    options = sorted(set(inside), key=repr)
    where = column.isin(options).to_numpy()
    if len(options) == 1 and isinstance(options[0], str):
        return where, f"{owner} == {literal_text(options[0])}"
    return where, f"{owner}.isin([{', '.join(literal_text(_plain(one)) for one in options)}])"


def _range(column: Any, inside: Any, owner: str) -> tuple[Any, str]:
    low, high = _plain(inside.min()), _plain(inside.max())
    where = column.between(low, high).to_numpy()
    is_low, is_high = (column < low).any(), (column > high).any()
    if is_low and is_high:
        return where, f"{owner}.between({literal_text(low)}, {literal_text(high)})"
    if is_low:
        return where, f"{owner} >= {literal_text(low)}"
    return where, f"{owner} <= {literal_text(high)}" if is_high else f"{owner}.notna()"


def _needed(rules: list[tuple[Any, str]], chosen: Any) -> list[tuple[Any, str]] | None:
    """Return the fewest rules, dropped one by one, that together mean the chosen trials."""
    if not chosen.any() or not _means(rules, chosen):
        return None
    for rule in reversed(rules):
        fewer = [one for one in rules if one is not rule]
        if _means(fewer, chosen):
            rules = fewer
    return rules if 0 < len(rules) <= _MOST_CONDITIONS else None


def _means(rules: list[tuple[Any, str]], chosen: Any) -> bool:
    import numpy as np

    met = np.ones(len(chosen), dtype=bool)
    for where, _ in rules:
        met &= where
    return bool((met == chosen).all())


def _plain(value: Any) -> Any:
    return value.item() if hasattr(value, "item") else value


def _space_lines(space: SpaceVersion, edits: list[str] | None, names: Names, what: str) -> str:
    if edits is None:
        declared = space_source(space, "Space", attribute_of).rstrip()
        return f"{_also_imported(declared, what)}\n\n\nspace = Space()"
    lines = [f"from tuneboard import SearchSpace, {what}", ""]
    return "\n".join([*lines, f"space = SearchSpace.from_estimator({names.model})", *edits])


def _edits(start: SpaceVersion, space: SpaceVersion) -> list[str] | None:
    """Return the edits that make one space of the other; None where there is no such way."""
    old = {one.name: one for one in start.hyper_parameters}
    new = {one.name: one for one in space.hyper_parameters}
    if list(old) != list(new) or any(old[name].kind != new[name].kind for name in old):
        return None
    lines = []
    for name, one in new.items():
        changes = _changes(old[name], one)
        if changes is None:
            return None
        if changes:
            lines.append(f"space.{_call('edit', [literal_text(name), *changes])}")
    if start.constraints != space.constraints:
        texts = [literal_text(one) for one in space.constraints]
        lines.append(f"space.{_call('constrain', texts)}")
    return lines


def _changes(old: HyperParameter, new: HyperParameter) -> list[str] | None:
    known = {one.name for one in fields(HyperParameter)}
    changes = []
    for name in (*_EDITABLE, *_TEXTS):
        before, after = (getattr(one, name) for one in (old, new) if name in known)
        if before != after:
            if name == "value" and after is None:
                return None
            changes.append(f"{name}={_written(after)}")
    return changes


def _written(value: Any) -> str:
    if isinstance(value, tuple) and len(value) > 1:
        return f"[{', '.join(map(literal_text, value))}]"
    return literal_text(value)


def _given(settings: Settings) -> list[str]:
    """Return what differs from a study that is made without any settings."""
    default = Settings()
    given = [
        f"{name}={literal_text(getattr(settings, name))}"
        for name in _SETTINGS
        if getattr(settings, name) != getattr(default, name)
    ]
    if settings.metric.name not in ("accuracy", "r2", default.metric.name):
        given.append(f"metric={literal_text(settings.metric.name)}")
    if settings.options:
        given.append(f"options={dict(settings.options)!r}")
    if settings.is_racing:
        given.append("racing=True")
    if settings.pruner == "median":
        given.append('pruner="median"')
    return given + _ladder(settings)


def _ladder(settings: Settings) -> list[str]:
    one = settings.fidelity
    if one is None:
        return []
    eta = "" if one.eta == 3 else f", eta={one.eta}"
    given = [f"fidelity=Fidelity({literal_text(one.resource)}, {one.low!r}, {one.high!r}{eta})"]
    if settings.scheduler != DEFAULT_SCHEDULER:
        given.append(f"scheduler={literal_text(settings.scheduler)}")
    return given


def _also_imported(head: str, name: str) -> str:
    """Add a name to the import of the first line."""
    line, _, rest = head.partition("\n")
    names = sorted([*line.removeprefix("from tuneboard import ").split(", "), name])
    return f"from tuneboard import {', '.join(names)}\n{rest}"


def _call(name: str, arguments: list[str]) -> str:
    """Write a call on one line, or one argument a line where that would be too long."""
    flat = f"{name}({', '.join(arguments)})"
    if len(flat) <= 80:
        return flat
    return f"{name}(\n" + "".join(f"    {one},\n" for one in arguments) + ")"
