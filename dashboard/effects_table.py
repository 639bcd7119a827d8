"""Which hyper-parameter triggers more: a table of what its changes did to the score."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

from ..engine.analysis.change_points import ChangeEffect

_HEADS = (
    "<th>changed</th><th>times</th><th>alone</th><th>size of the effect alone</th>"
    "<th>change of the score alone</th><th>with others</th>"
)


def effects_table(effects: Sequence[ChangeEffect], shown: Mapping[str, str]) -> str:
    """Return a sentence that names the largest effect, and the table behind it, as HTML.

    Parameters
    ----------
    effects : sequence of ChangeEffect
        One per hyper-parameter.
    shown : mapping of str to str
        What each is called on the page.
    """
    told = [one for one in effects if one.n_changes]
    if not told:
        return ""
    told.sort(key=lambda one: (-(one.size_alone or 0.0), -one.n_changes))
    rows = "".join(
        f"<tr><td>{escape(shown.get(one.name, one.name))}</td><td>{one.n_changes}</td>"
        f"<td>{one.n_alone}</td><td>{_signed(one.size_alone, sign='')}</td>"
        f"<td>{_signed(one.median_alone)}</td><td>{_signed(one.median_with_others)}</td></tr>"
        for one in told
    )
    table = f"<table><thead><tr>{_HEADS}</tr></thead><tbody>{rows}</tbody></table>"
    words = _in_words(told, shown)
    return f"<details><summary>{escape(words)}</summary>{table}</details>"


def _in_words(told: Sequence[ChangeEffect], shown: Mapping[str, str]) -> str:
    first = told[0]
    if first.size_alone is None:
        most = max(told, key=lambda one: one.n_changes)
        name = shown.get(most.name, most.name)
        return f"Which one triggers more? None has changed alone; {name} changed most often."
    name = shown.get(first.name, first.name)
    return (
        f"Which one triggers more? {name}: when it alone changed ({first.n_alone} times), the "
        f"score moved by {first.size_alone:.3g} in the median."
    )


def _signed(value: float | None, sign: str = "+") -> str:
    return "–" if value is None else f"{value:{sign}.3g}"
