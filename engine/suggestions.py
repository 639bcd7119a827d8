"""Which models to try next on some data: out of the user's own code and past studies."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .errors import SpaceError
from .settings import Settings
from .source.cells import joined
from .source.estimator_calls import classes_named, makeable
from .space import SearchSpace

if TYPE_CHECKING:
    from .store_rows import StudyRecord

_AROUND = frozenset(["Pipeline", "ColumnTransformer"])
_PRIOR = 0.5
"""The share of other models that a model beats while nothing is known; it counts as one study."""


@dataclass(frozen=True)
class Suggestion:
    """A model to try.

    Parameters
    ----------
    kind : str
        Its class.
    estimator : scikit-learn estimator
        A new object, with the best values of earlier studies of these data, if there are any.
    space : SearchSpace
        What may vary in it.
    reason : str
        Why it is suggested, in words.
    """

    kind: str
    estimator: Any
    space: SearchSpace
    reason: str


@dataclass(frozen=True)
class _Past:
    """One study that has a score."""

    kind: str
    data: str
    metric: str
    score: float
    config: Mapping[str, Any]
    shown: str


def suggest_models(
    kind: str,
    data: Mapping[str, Any],
    metric: str,
    records: Iterable[StudyRecord],
    best_configs: Mapping[str, tuple[int, Mapping[str, Any]]],
    texts: Mapping[str, str] | None = None,
) -> list[Suggestion]:
    """Say which models to try next, best guess first.

    First come those that did better on these very data; then those that were not tried on
    them, by the share of other models that each beat on other data, drawn towards a half where
    studies are few; models that the code imports and no study knows count as a half.

    Parameters
    ----------
    kind : str
        The class of the model at hand, which is not suggested; see `kind_of`.
    data : mapping
        The fingerprint of the data; see `surroundings.data_fingerprint`.
    metric : str
        Its name; only studies with the same metric are compared.
    records, best_configs
        As `History.studies` and `History.best_configs` return them.
    texts : mapping of str to str, optional
        The cells of a notebook, or one file.
    """
    past = [one for one in _past(records, best_configs) if one.metric == metric]
    here = str(data.get("hash") or "")
    on_these = _best_by_kind([one for one in past if here and one.data == here])
    own = on_these.get(kind)
    shares = _shares(past)
    written = _kinds_in(texts or {})
    better = [
        one
        for one in on_these.values()
        if one.kind != kind and (own is None or one.score > own.score)
    ]
    better.sort(key=lambda one: -one.score)
    others = [one for one in dict.fromkeys([*shares, *written]) if one not in {kind, *on_these}]
    others.sort(key=lambda one: (-_share(shares.get(one, [])), one not in written))
    found = [_suggested(one.kind, metric, _words_here(one, own), one.config) for one in better]
    found += [_suggested(one, metric, _words_there(one, shares, written), {}) for one in others]
    return [one for one in found if one is not None]


def _past(
    records: Iterable[StudyRecord], best_configs: Mapping[str, tuple[int, Mapping[str, Any]]]
) -> list[_Past]:
    found = []
    for one in records:
        if one.best_score is None:
            continue
        settings = Settings.from_dict(one.settings)
        data = str((one.about.get("data") or {}).get("hash") or "")
        config = best_configs.get(one.id, (0, {}))[1]
        shown = f"{settings.metric.shown(one.best_score):.4g}"
        metric = settings.metric.name
        found.append(_Past(kind_of(settings.model), data, metric, one.best_score, config, shown))
    return found


def kind_of(model: str) -> str:
    """Return the class that a model's text is about: of a pipeline that of its last step.

    Examples
    --------
    >>> kind_of("Pipeline(steps=[('scale', StandardScaler()), ('svc', SVC(C=2))])")
    'SVC'
    """
    named = classes_named(model)
    if not named:
        return model
    return named[-1] if named[0] in _AROUND else named[0]


def _best_by_kind(past: Sequence[_Past]) -> dict[str, _Past]:
    best: dict[str, _Past] = {}
    for one in past:
        if one.kind not in best or one.score > best[one.kind].score:
            best[one.kind] = one
    return best


def _shares(past: Sequence[_Past]) -> dict[str, list[float]]:
    """Return, by model, the share of the others that it beat on each data that had others."""
    by_data: dict[str, list[_Past]] = {}
    for one in past:
        by_data.setdefault(one.data or repr(one), []).append(one)
    shares: dict[str, list[float]] = {one.kind: [] for one in past}
    for several in by_data.values():
        best = _best_by_kind(several)
        for kind, one in best.items():
            if len(best) > 1:
                beaten = sum(other.score < one.score for other in best.values())
                shares[kind].append(beaten / (len(best) - 1))
    return shares


def _share(shares: Sequence[float]) -> float:
    return (_PRIOR + sum(shares)) / (1 + len(shares))


def _words_here(one: _Past, own: _Past | None) -> str:
    than = "" if own is None else f", and {own.kind} {own.shown}"
    return f"It reached {one.metric} {one.shown} on these data in an earlier study{than}."


def _words_there(kind: str, shares: Mapping[str, Sequence[float]], written: Iterable[str]) -> str:
    where = "Your code has it" if kind in written else "You have tuned it before"
    known = shares.get(kind, ())
    if not known:
        return f"{where}, and it was not tried on these data."
    times = "once" if len(known) == 1 else f"on {len(known)} other data sets"
    mean = sum(known) / len(known)
    return (
        f"{where}; compared {times}, it beat {mean:.0%} of the other models there. It was not "
        "tried on these data."
    )


def _suggested(kind: str, metric: str, reason: str, config: Mapping[str, Any]) -> Suggestion | None:
    """Make the model with its space; None for what cannot be made without the user's help."""
    estimator = makeable(kind, metric)
    if estimator is None:
        return None
    try:
        space = SearchSpace.from_estimator(estimator)
        own = {name.rpartition("__")[2]: value for name, value in config.items()}
        known = {name: value for name, value in own.items() if name in space.names}
        space.apply(known)
        estimator.set_params(**known)
    except (SpaceError, ValueError):
        return None
    return Suggestion(kind, estimator, space, reason)


def _kinds_in(texts: Mapping[str, str]) -> list[str]:
    """Return the estimators that code imports or makes, as they come."""
    try:
        return classes_named(joined(texts).python) if texts else []
    except SpaceError:
        return []
