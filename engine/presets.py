"""The table of tuning ranges, presets.toml, as Python sees it."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

Preset = Mapping[str, Any]
"""One line of presets.toml; the keys are explained at the top of that file."""


@dataclass(frozen=True)
class PresetTable:
    """What presets.toml says.

    Parameters
    ----------
    by_estimator : dict
        Class name -> hyper-parameter -> preset, in the order of the file.
    names, prefixes : tuple of str
        Which names are not tunable.
    options : frozenset of str
        Options that are never offered.
    estimators : frozenset of str
        Classes that are not looked into.
    silent : frozenset of str
        Classes whose `get_params` tells only what was set.
    """

    by_estimator: dict[str, dict[str, Preset]]
    names: frozenset[str]
    prefixes: tuple[str, ...]
    options: frozenset[str]
    estimators: frozenset[str]
    silent: frozenset[str]

    def of(self, estimator: Any) -> dict[str, Preset]:
        """Return the presets of the estimator's class, or of its nearest parent that has any."""
        return self.by_estimator.get(self._family(estimator), {})

    def is_silent(self, estimator: Any) -> bool:
        """Whether a hyper-parameter that `get_params` leaves out may be set all the same."""
        return self._family(estimator) in self.silent

    def _family(self, estimator: Any) -> str:
        parents = (parent.__name__ for parent in type(estimator).__mro__)
        return next((one for one in parents if one in self.by_estimator), "")

    def is_tunable(self, name: str) -> bool:
        """Whether a hyper-parameter of that name (without steps) may change how well it fits."""
        return name not in self.names and not name.startswith(self.prefixes)


@cache
def preset_table() -> PresetTable:
    """Read presets.toml, once per process."""
    data = tomllib.loads(files(__package__).joinpath("presets.toml").read_text(encoding="utf-8"))
    by_estimator: dict[str, dict[str, Preset]] = {}
    silent: set[str] = set()
    for group in data["group"]:
        presets = {name: _line(line) for name, line in group.items() if isinstance(line, dict)}
        by_estimator.update(dict.fromkeys(group["estimators"], presets))
        silent.update(group["estimators"] if group.get("is_silent") else ())
    rest = data["not_tunable"]
    return PresetTable(
        by_estimator,
        frozenset(rest["names"]),
        tuple(rest["prefixes"]),
        frozenset(rest["options"]),
        frozenset(rest["estimators"]),
        frozenset(silent),
    )


def _line(line: dict[str, Any]) -> Preset:
    """Turn the lists among the choices into tuples, which TOML has no form for."""
    if "choices" not in line:
        return line
    choices = [tuple(one) if isinstance(one, list) else one for one in line["choices"]]
    return {**line, "choices": choices}
