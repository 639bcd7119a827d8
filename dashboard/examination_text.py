"""An examination of a trial as HTML: confusions or residuals, examples, and a learning curve."""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape

from ..engine.analysis.learning_curve import Curve, curve_report
from ..engine.metric import Metric
from ..engine.objective import Examination
from .axis import value_text
from .small_pictures import curve_picture, residual_picture

N_LABELS = 12
LARGEST = "The largest errors"


def examination_text(found: Examination, metric: Metric) -> str:
    """Return HTML, all text of the user's data escaped."""
    what = _confusion(found) if found.confusion is not None else _residuals(found)
    sides = f'<div class="tb-columns"><div>{what}</div><div>{_curve(found, metric)}</div></div>'
    return sides + _examples(found)


def _confusion(found: Examination) -> str:
    if found.confusion is None:
        return ""
    labels = [escape(value_text(one)) for one in found.labels[:N_LABELS]]
    counts = found.confusion[:N_LABELS, :N_LABELS]
    most = max(1, int(found.confusion.max()))
    rows = "".join(
        f"<tr><th>{label}</th>{''.join(_cell(n, most, is_right=at == to) for to, n in row)}</tr>"
        for at, (label, row) in enumerate(
            zip(labels, (list(enumerate(one.tolist())) for one in counts), strict=True)
        )
    )
    head = "".join(f"<th>{label}</th>" for label in labels)
    n_more = len(found.labels) - N_LABELS
    rest = f"<p>The first {N_LABELS} of {len(found.labels)} classes.</p>" if n_more > 0 else ""
    return (
        "<h4>Confusions: rows are true, columns predicted</h4>"
        f'<table class="tb-confusion"><tr><th></th>{head}</tr>{rows}</table>{rest}'
    )


def _cell(n: int, most: int, *, is_right: bool) -> str:
    color = "var(--tb-accent, #1f5fc4)" if is_right else "var(--tb-danger, #c9252d)"
    share = round(100 * math.sqrt(n / most) * 0.45)
    ground = f"color-mix(in srgb, {color} {share}%, transparent)"
    return f'<td style="background:{ground}">{n or ""}</td>'


def _residuals(found: Examination) -> str:
    errors = [float(p) - float(t) for p, t in zip(found.predictions, found.truths, strict=True)]
    size = math.sqrt(sum(one**2 for one in errors) / max(1, len(errors)))
    picture = residual_picture(found.truths.tolist(), found.predictions.tolist())
    bias = sum(errors) / max(1, len(errors))
    said = f"<p>Typical error {value_text(size)}, on average {value_text(bias)} too high.</p>"
    return f"<h4>Predicted against true</h4>{picture}{said}"


def _curve(found: Examination, metric: Metric) -> str:
    report = curve_report(Curve(found.shares, found.scores, found.train_scores))
    shown = [[metric.shown(one) for one in row] for row in (found.scores, found.train_scores)]
    picture = curve_picture(found.shares, shown[0], shown[1], "share of the training rows")
    gap = metric.shown(found.train_scores[-1]) - metric.shown(found.scores[-1])
    more = (
        "more rows would help" if report.state == "improving" else f"with more rows: {report.state}"
    )
    return (
        f"<h4>{escape(metric.label)} by rows: blue unseen, orange trained on</h4>{picture}"
        f"<p>Gap between training and validation {value_text(gap)}; {escape(more)}.</p>"
    )


def _examples(found: Examination) -> str:
    if not found.examples:
        return "<p>Every row was predicted right.</p>"
    is_classes = found.confusion is not None
    heads = ("row", "true", "predicted", "how sure" if is_classes else "error", "unusual values")
    rows = "".join(
        f"<tr>{_tds([str(one.row), value_text(one.truth), value_text(one.predicted)])}"
        f"{_tds([_size(one.size, is_classes=is_classes)])}"
        f"{_tds([', '.join(f'{name} {value_text(value)}' for name, value in one.values)])}</tr>"
        for one in found.examples
    )
    is_sure = any(not math.isnan(one.size) for one in found.examples)
    title = ("The surest mistakes" if is_sure else "Mistakes") if is_classes else LARGEST
    head = "".join(f"<th>{one}</th>" for one in heads)
    return f"<h4>{title}</h4><table><tr>{head}</tr>{rows}</table>"


def _size(size: float, *, is_classes: bool) -> str:
    if math.isnan(size):
        return "–"
    return f"{size:.0%}" if is_classes else value_text(size)


def _tds(cells: Sequence[str]) -> str:
    return "".join(f"<td>{escape(one)}</td>" for one in cells)
