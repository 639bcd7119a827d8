"""What the user did to a study, in words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from .space_changes import in_words

_MOST_TOLD = 6


def action_words(action: Mapping[str, Any]) -> str:
    """Say one stored action in a line.

    Parameters
    ----------
    action : mapping
        As `Study.actions` has it: ``{"at", "kind", ...}``.

    Examples
    --------
    >>> action_words({"at": 0.0, "kind": "mark", "trial": 7, "is_starred": True})
    'trial 7: starred'
    >>> action_words({"at": 0.0, "kind": "settings", "n_trials": 80})
    'settings: n_trials = 80'
    """
    kind = str(action.get("kind", ""))
    detail = {name: one for name, one in action.items() if name not in ("at", "kind")}
    tell = _TELLERS.get(kind)
    if tell is not None:
        return tell(detail)
    if "text" in detail:
        return str(detail["text"])
    return f"{kind}: {_pairs(detail)}" if detail else kind


def _pairs(values: Mapping[str, Any]) -> str:
    told = [f"{name} = {value}" for name, value in list(values.items())[:_MOST_TOLD]]
    n_more = len(values) - len(told)
    return ", ".join([*told, f"and {n_more} more"] if n_more else told)


def _space(detail: Mapping[str, Any]) -> str:
    changes = [in_words(one) for one in detail.get("changes", ())]
    told = changes[:_MOST_TOLD]
    if len(changes) > len(told):
        told.append(f"and {len(changes) - len(told)} more")
    return f"search space, version {detail.get('version')}: {'; '.join(told)}"


def _mark(detail: Mapping[str, Any]) -> str:
    words = []
    for flag, name in (("is_starred", "starred"), ("is_archived", "archived")):
        if flag in detail:
            words.append(name if detail[flag] else f"no longer {name}")
    if "is_excluded" in detail:
        words.append("excluded" if detail["is_excluded"] else "no longer excluded")
    if "tags" in detail:
        words.append(f"tags: {', '.join(detail['tags']) or 'none'}")
    if "note" in detail:
        words.append(f"note: {detail['note'] or 'none'}")
    number = detail.get("trial")
    return f"{f'trial {number}' if number else 'study'}: {', '.join(words)}"


def _applied(detail: Mapping[str, Any]) -> str:
    source = f" of {detail['source']}" if detail.get("source") else ""
    return f"values{source} applied: {_pairs(detail.get('config', {}))}"


def _enqueued(detail: Mapping[str, Any]) -> str:
    configs = detail.get("configs", ())
    return f"{len(configs)} configurations enqueued" if len(configs) != 1 else "1 enqueued"


_TELLERS: dict[str, Callable[[Mapping[str, Any]], str]] = {
    "space": _space,
    "mark": _mark,
    "apply": _applied,
    "revert": lambda detail: f"back to the values before: {_pairs(detail.get('config', {}))}",
    "enqueue": _enqueued,
    "fork": lambda detail: f"forked at trial {detail.get('trial')}",
    "start around": lambda detail: f"a new study around {_pairs(detail.get('config', {}))}",
    "rename": lambda detail: f"called {detail.get('name')}",
    "request": lambda detail: f"asked from outside: {detail.get('what')}",
    "answer": lambda detail: f"answered: {detail.get('message')}",
}
