"""The record of one trial as HTML: values, changes, folds, curve, log, and the code for it."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from ..engine.analysis.curves import convergence, reported_curve
from ..engine.trial import Trial, mutations
from .axis import ABSENT, titles, value_text
from .failure_text import failure_markup
from .small_pictures import curve_picture
from .trial_source import TrialSource


def trial_record(trial: Trial, trials: TrialSource) -> str:
    """Return all that is known of a trial, all text of the user escaped."""
    parents = [trials.trial(number) for number in trial.provenance.parents]
    against = next((one for one in parents if one is not None), None)
    is_best = trials.best is not None and trial.number == trials.best.number
    head = f"<h4>Trial {trial.number} · {trial.state.value}{' · the best' if is_best else ''}</h4>"
    left = _values(trial, against, trials)
    right = _outcome(trial, trials) + _folds(trial, trials)
    columns = f'<div class="tb-columns"><div>{left}</div><div>{right}</div></div>'
    reason = f"<p>{escape(trial.provenance.reason)}</p>"
    return head + reason + columns + _curve(trial, trials) + failure_markup(trial) + _code(trial)


def _values(trial: Trial, parent: Trial | None, trials: TrialSource) -> str:
    shown = titles(trials.space.hyper_parameters)
    changed = set()
    if parent is not None:
        changed = {one.name for one in mutations(parent.config, trial.config)}
    before = "" if parent is None else f"<th>trial {parent.number}</th>"
    rows = []
    for name, value in trial.config.items():
        cell = f"<td>{escape(value_text(value))}</td>"
        if parent is not None:
            old = parent.config.get(name, ABSENT)
            text = "inactive" if old is ABSENT else value_text(old)
            cell += f"<td>{escape(text) if name in changed else 'the same'}</td>"
        rows.append(f"<tr><td>{escape(shown.get(name, name))}</td>{cell}</tr>")
    heads = f"<tr><th>hyper-parameter</th><th>value</th>{before}</tr>"
    return f"<table>{heads}{''.join(rows)}</table>"


def _outcome(trial: Trial, trials: TrialSource) -> str:
    metric = trials.metric
    facts = [("search", trial.provenance.optimizer), ("made by", trial.provenance.operator)]
    if trial.score is not None:
        facts.append((metric.label, value_text(metric.shown(trial.score), 5)))
    if trial.fidelity is not None:
        facts.append(("fidelity", value_text(trial.fidelity)))
    facts.append(("seconds", f"{trial.duration_s:.2f}"))
    facts.append(("worker", trial.worker))
    facts.append(("version of the space", str(trial.space_version)))
    rows = "".join(
        f"<tr><td>{escape(name)}</td><td>{escape(text)}</td></tr>" for name, text in facts if text
    )
    return f"<table><tr><th>outcome</th><th></th></tr>{rows}</table>"


def _folds(trial: Trial, trials: TrialSource) -> str:
    """Return one row per fold: score, that on the training rows, and the seconds of the fit."""
    shown = trials.metric.shown
    columns = {trials.metric.label: [value_text(shown(one)) for one in trial.fold_scores]}
    if trial.details.train_scores:
        trained = [shown(one) for one in trial.details.train_scores[0]]
        columns["on training rows"] = [value_text(one) for one in trained]
    if trial.details.fit_s:
        columns["fit (s)"] = [value_text(one, 3) for one in trial.details.fit_s]
    n_folds = len(trial.fold_scores)
    if not n_folds:
        return ""
    kept = {name: cells for name, cells in columns.items() if len(cells) == n_folds}
    head = "".join(f"<th>{escape(name)}</th>" for name in kept)
    rows = "".join(
        f"<tr><td>{fold + 1}</td>{_tds([cells[fold] for cells in kept.values()])}</tr>"
        for fold in range(n_folds)
    )
    return f"<table><tr><th>fold</th>{head}</tr>{rows}</table>"


def _curve(trial: Trial, trials: TrialSource) -> str:
    curve = reported_curve(trial, trials.trial)
    report = convergence(trial, trials.trial)
    if curve is None or report is None:
        return ""
    shown = trials.metric.shown
    train = None if curve.train is None else [shown(one) for one in curve.train]
    picture = curve_picture(curve.steps, [shown(one) for one in curve.values], train, "step")
    said = f"<p>{escape(report.state.value)}: {escape(report.reason)}</p>"
    more = ", orange on the training rows" if train is not None else ""
    return f"<h4>Learning curve{more}</h4>{picture}{said}"


def _code(trial: Trial) -> str:
    code = f"config = {trial.config!r}\nmodel.set_params(**config).fit(X, y)"
    return f"<h4>The code that rebuilds it</h4><pre>{escape(code)}</pre>"


def _tds(cells: Sequence[str]) -> str:
    return "".join(f"<td>{escape(one)}</td>" for one in cells)
