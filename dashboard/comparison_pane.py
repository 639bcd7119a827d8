"""A comparison side by side: what differs, first of all what the score did."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Any

import panel as pn

from ..engine.metric import Metric
from ..engine.side_by_side import ABSENT, Change, Comparison, Row
from .axis import value_text
from .code_diff import marked_diff
from .stylesheets import BOX, BUTTON
from .text_panes import Markup, PlainText
from .theme import stylesheet

_PARTS = {
    "score": "What came out",
    "config": "Configuration",
    "setup": "Set-up",
    "data": "Data",
    "versions": "Versions, code and machine",
}


class ComparisonPane(pn.viewable.Viewer):
    """Shows two or more configurations or studies beside one another.

    Parameters
    ----------
    title : str
        With one it is a card of its own, which can be closed.
    """

    def __init__(self, title: str = "") -> None:
        super().__init__()
        heading = PlainText(title, css_classes=["tb-heading"], **BOX)
        close = pn.widgets.Button(label="Close", **BUTTON)
        close.on_click(lambda _event: self.show_comparison(None))
        self._head = pn.Row(heading, close, visible=bool(title), css_classes=["tb-between"], **BOX)
        self._text = Markup("", stylesheets=[stylesheet("facts")], visible=False, **_WIDE)
        self._diff = Markup("", css_classes=["tb-diff"], visible=False, **BOX)
        look = {"css_classes": ["tb-card"]} if title else {}
        self._panel = pn.Column(self._head, self._text, self._diff, visible=False, **look, **BOX)

    @property
    def html(self) -> str:
        """What is shown, escaped."""
        return str(self._text.object)

    def show_comparison(
        self, found: Comparison | None, moves: Sequence[Change] = (), metric: Metric | None = None
    ) -> None:
        """Show a comparison; None shows nothing.

        Parameters
        ----------
        found : Comparison or None
            What is compared.
        moves : sequence of Change
            The changes that moved the score most.
        metric : Metric, optional
            What their gains mean.
        """
        html = "" if found is None else comparison_html(found) + moves_html(moves, metric)
        diff = "" if found is None else found.code
        self._text.param.update(object=html, visible=bool(html))
        self._diff.param.update(object=marked_diff(diff), visible=bool(diff))
        self._panel.visible = bool(html)

    def __panel__(self) -> pn.viewable.Viewable:
        return self._panel


def comparison_html(found: Comparison) -> str:
    """Return the comparison as HTML in which all text is escaped."""
    heads = "".join(f"<th>{escape(one)}</th>" for one in found.titles)
    parts = [_part(title, getattr(found, name), heads) for name, title in _PARTS.items()]
    space = _space(found, heads)
    code = f"<h4>Code</h4><p>{_code(found)}</p>"
    return "".join([*parts[:2], space, *parts[2:], code])


def _part(title: str, rows: Sequence[Row], heads: str) -> str:
    """Return the lines that differ as a table, and how many are the same."""
    if not rows:
        return ""
    lines = "".join(_line(row) for row in rows if row.differs)
    same = [row for row in rows if not row.differs]
    table = f"<table><tr><th></th>{heads}</tr>{lines}</table>" if lines else ""
    return f"<h4>{title}</h4>{table}{_same(same)}"


def _line(row: Row) -> str:
    cells = "".join(f"<td>{escape(_shown(one))}</td>" for one in row.values)
    return f"<tr><td>{escape(row.name)}</td>{cells}</tr>"


def _same(rows: Sequence[Row]) -> str:
    if not rows:
        return ""
    told = "; ".join(f"{row.name} {_shown(row.values[0])}" for row in rows)
    return f"<details><summary>The same: {len(rows)}</summary><p>{escape(told)}</p></details>"


def _shown(value: Any) -> str:
    if isinstance(value, (list, tuple)):
        return ", ".join(_shown(one) for one in value) or ABSENT
    return value if isinstance(value, str) else value_text(value, 5)


def _space(found: Comparison, heads: str) -> str:
    if not any(found.space):
        return "<h4>Search space</h4><p>The same.</p>" if found.space else ""
    first, *_others = found.titles
    cells = "".join(
        f"<td>{'<br>'.join(map(escape, one)) or escape(ABSENT)}</td>" for one in found.space
    )
    title = f"Search space, against that of {escape(first)}"
    return f"<h4>{title}</h4><table><tr>{heads}</tr><tr>{cells}</tr></table>"


def _code(found: Comparison) -> str:
    if found.code:
        return f"From {escape(found.titles[0])} to {escape(found.titles[1])}:"
    return "The same, or none is recorded."


def moves_html(moves: Sequence[Change], metric: Metric | None) -> str:
    """Return which changes moved the score, the largest first, as a table."""
    if not moves or metric is None:
        return ""
    lines = []
    for one in moves:
        what = ", ".join(
            f"{change.name} {_shown(change.before)} → {_shown(change.after)}"
            for change in one.mutations
        )
        gain = (one.gain or 0.0) * (-1 if metric.is_minimized else 1)
        cells = (f"trial {one.number}", f"trial {one.against}", what, f"{gain:+.4g}")
        lines.append(f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in cells)}</tr>")
    heads = f"<th>trial</th><th>against</th><th>changed</th><th>{escape(metric.label)}</th>"
    body = f"<table><tr>{heads}</tr>{''.join(lines)}</table>"
    return f"<h4>Which change moved the score</h4>{body}"


_WIDE: dict[str, Any] = {"sizing_mode": "stretch_width", "margin": 0}
