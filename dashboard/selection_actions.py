"""What can be done with selected trials: where they lie as an edit, a constraint, or code."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from ..engine.expression import quoted
from ..engine.hyper_parameter import HyperParameter, SpaceVersion
from ..engine.trial import Trial
from .axis import ABSENT, Axis, value_text

NARROW = 0.6
"""The selected trials set a range apart if they take no more of it than this share."""

Edits = dict[str, dict[str, Any]]


def narrowing(space: SpaceVersion, selected: Sequence[Trial], trials: Sequence[Trial]) -> Edits:
    """Return the edits that search on where the selected trials lie.

    Only hyper-parameters are narrowed in which the selected trials take up no more than 60 % of
    the range (on its own scale) that all trials take up, or leave out a choice: a box drawn in
    one plot leaves the others as wide as they are.

    Returns
    -------
    dict of str to dict
        By name, what `SearchSpace.edit` takes; empty where nothing would be narrowed.
    """
    edits: Edits = {}
    for one in space.searched:
        edit = (
            _choices(one, selected, trials)
            if one.kind == "choice"
            else _range(one, selected, trials)
        )
        if edit:
            edits[one.name] = edit
    return edits


def _values(one: HyperParameter, trials: Sequence[Trial]) -> list[Any]:
    found = (trial.config.get(one.name, ABSENT) for trial in trials)
    return [value for value in found if value is not ABSENT]


def _choices(
    one: HyperParameter, selected: Sequence[Trial], trials: Sequence[Trial]
) -> dict[str, Any]:
    tried, kept = _values(one, trials), _values(one, selected)
    left = tuple(choice for choice in one.choices if choice in kept or choice not in tried)
    # A few trials leave choices out by chance.
    is_told = len(kept) >= 3 * len(one.choices)
    return {"choices": left} if is_told and left and len(left) < len(one.choices) else {}


def _range(
    one: HyperParameter, selected: Sequence[Trial], trials: Sequence[Trial]
) -> dict[str, Any]:
    axis = Axis(one)
    kept = [value for value in _values(one, selected) if one.low <= value <= one.high]
    places, everywhere = axis.coordinates(kept), axis.coordinates(_values(one, trials))
    if len(set(kept)) < 2 or not everywhere.size:
        return {}
    span = float(everywhere.max() - everywhere.min())
    if float(places.max() - places.min()) > NARROW * span:
        return {}
    return {"low": min(kept), "high": max(kept)}


def exclusion(space: SpaceVersion, edits: Edits) -> str:
    """Return the constraint that leaves out what `edits` would search; empty without any."""
    parts = []
    for name, edit in edits.items():
        if "choices" in edit:
            others = [choice for choice in space[name].choices if choice not in edit["choices"]]
            parts += [f"{quoted(name)} in {{{', '.join(map(repr, others))}}}"] if others else []
        else:
            low, high = edit["low"], edit["high"]
            parts.append(f"{quoted(name)} < {low!r} or {quoted(name)} > {high!r}")
    return " or ".join(parts)


def in_words(edits: Edits) -> str:
    """Return edits in words: ``lr from 0.001 to 0.1, kernel only rbf``."""
    words = []
    for name, edit in edits.items():
        if "choices" in edit:
            words.append(f"{name} only {', '.join(map(value_text, edit['choices']))}")
        else:
            words.append(f"{name} from {value_text(edit['low'])} to {value_text(edit['high'])}")
    return ", ".join(words)


def code_of(numbers: Collection[int]) -> str:
    """Return Python that picks the same trials out of a `study`."""
    chosen = sorted(numbers)
    if not chosen:
        return ""
    return f"trials = study.to_frame().loc[{chosen}]"
