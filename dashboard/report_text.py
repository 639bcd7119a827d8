"""The words of the report: what stands beside the plots, as HTML in which all text is escaped."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from html import escape
from itertools import pairwise
from typing import Any

from ..engine.action_words import action_words
from ..engine.analysis.finding import Finding
from ..engine.errors import DataError
from ..engine.hyper_parameter import HyperParameter
from ..engine.interchange.script import script_parts
from ..engine.marks import Marks
from ..engine.space_changes import in_words, space_changes
from ..engine.study_data import StudyData
from .axis import value_text
from .marks_text import marks_words

_SETTINGS = {
    "optimizer": "search",
    "n_trials": "trials",
    "n_workers": "workers",
    "folds": "folds",
    "seed": "seed",
    "holdout": "held out",
    "scheduler": "scheduler",
    "pruner": "pruner",
}


def heading(data: StudyData) -> str:
    """Return the name of the study, and one line of what came out."""
    facts = [data.settings.model.partition("(")[0], data.settings.optimizer, _counts(data)]
    if data.completed:
        best = data.best_trial()
        score = value_text(data.metric.shown(best.score or 0.0), 5)
        facts.append(f"best {data.metric.label} {score} in trial {best.number}")
    started = [one.started_at for one in data.trials if one.started_at]
    if started:
        facts.append(f"{_moment(min(started))} to {_moment(max(started))}")
    line = " · ".join(escape(one) for one in facts if one)
    return f"<h1>{escape(data.name)}</h1><p class='muted'>{line}</p>"


def _counts(data: StudyData) -> str:
    n_failed = sum(one.state.is_failed for one in data.trials)
    failed = f" ({n_failed} failed)" if n_failed else ""
    return f"{len(data.trials):,} trials{failed}"


def _moment(at: float) -> str:
    return datetime.fromtimestamp(at).strftime("%Y-%m-%d %H:%M")


def findings_list(findings: Sequence[Finding]) -> str:
    """Return the findings; those that trials show have a button that selects these."""
    if not findings:
        return "<p class='muted'>Nothing stands out.</p>"
    return f"<ul class='findings'>{''.join(map(_finding, findings))}</ul>"


def _finding(finding: Finding) -> str:
    button = ""
    if finding.trials:
        numbers = " ".join(map(str, finding.trials))
        word = "trials" if len(finding.trials) > 1 else "trial"
        button = f" <button data-trials='{numbers}'>Select {len(finding.trials)} {word}</button>"
    return f"<li>{escape(finding.sentence)}{button}</li>"


def best_table(data: StudyData) -> str:
    """Return the best configuration, and what it scored on each fold."""
    if not data.completed:
        return "<p class='muted'>No trial has a score.</p>"
    best = data.best_trial()
    rows: list[tuple[str, Any]] = [(name, one) for name, one in best.config.items()]
    folds = ", ".join(value_text(data.metric.shown(one)) for one in best.fold_scores)
    found = [(f"trial {best.number}, {data.metric.label}", data.metric.shown(best.score or 0.0))]
    why = best.provenance.reason
    return (
        table([*found, *[("folds", folds)] * bool(folds), *rows])
        + f"<p class='muted'>{escape(why)}</p>"
    )


def settings_table(data: StudyData) -> str:
    """Return how the study was set up, and what it was run in."""
    settings, about = data.settings, data.about
    rows: list[tuple[str, Any]] = [("model", settings.model), ("metric", settings.metric.label)]
    rows += [(label, getattr(settings, name)) for name, label in _SETTINGS.items()]
    rows += [(name, one) for name, one in settings.options.items()]
    for part in ("data", "git", "versions", "machine"):
        known = about.get(part)
        if isinstance(known, Mapping):
            rows += [(f"{part}: {name}", one) for name, one in known.items()]
        elif known:
            rows.append((part, known))
    rows += [(name, about[name]) for name in ("imported from", "forked from") if name in about]
    return table((name, one) for name, one in rows if one not in ("", None, {}, (), 0.0, "none"))


def space_table(data: StudyData) -> str:
    """Return what could vary, and how that was edited on the way."""
    rows = [(one.name, _range(one)) for one in data.space.hyper_parameters if one.is_searched]
    rows += [("constraint", one) for one in data.space.constraints]
    edits = [
        f"<li>version {after.number}: {escape('; '.join(map(in_words, changes)))}</li>"
        for before, after in pairwise(data.versions)
        if (changes := space_changes(before, after))
    ]
    return table(rows) + (f"<h3>Edits of the space</h3><ul>{''.join(edits)}</ul>" if edits else "")


def _range(one: HyperParameter) -> str:
    when = f", when {one.active_when}" if one.active_when else ""
    if one.kind == "choice":
        return ", ".join(map(value_text, one.choices)) + when
    scale = ", log" if one.log else ""
    return f"{value_text(one.low)} to {value_text(one.high)}{scale}{when}"


def story(actions: Sequence[Mapping[str, Any]], marks: Mapping[int, Marks]) -> str:
    """Return what the user did and said."""
    said = [_said(number, one) for number, one in sorted(marks.items())]
    done = [(_moment(float(one.get("at", 0.0))), action_words(one)) for one in actions]
    rows = [*(pair for pair in said if pair[1]), *done]
    return table(rows) if rows else "<p class='muted'>Nothing was changed or noted.</p>"


def _said(number: int, marks: Marks) -> tuple[str, str]:
    return (f"trial {number}" if number else "study"), marks_words(marks)


def code_blocks(data: StudyData) -> str:
    """Return the code that the study started from, and that which rebuilds its best trial."""
    blocks = []
    code = str(data.about.get("code", ""))
    if code:
        blocks.append(_block(f"Started from {data.about.get('code_name') or 'this code'}", code))
    if data.completed:
        number = data.best_trial().number
        blocks.append(_block(f"Trial {number}, rebuilt", _script(data, number)))
    return "".join(blocks) or "<p class='muted'>None is recorded.</p>"


def _script(data: StudyData, number: int) -> str:
    try:
        parts = script_parts(data, trial=number, setup="", folder="")
    except DataError:  # nothing says how to make the model and the data
        setup = "# model, X and y: as the study was made with"
        parts = script_parts(data, trial=number, setup=setup, folder="")
    return "\n\n".join(code for _title, code in parts)


def _block(title: str, code: str) -> str:
    summary = f"<summary>{escape(title)}</summary>"
    return f"<details>{summary}<pre>{escape(code)}</pre></details>"


def table(rows: Iterable[tuple[str, Any]]) -> str:
    """Return a table of names and values."""
    lines = (
        f"<tr><th>{escape(str(name))}</th><td>{escape(_value(one))}</td></tr>" for name, one in rows
    )
    return f"<table>{''.join(lines)}</table>"


def _value(value: Any) -> str:
    return value if isinstance(value, str) else value_text(value, 6)
