"""A configuration from elsewhere made the current one: all of it, or what is common on request."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .errors import SpaceError
from .hyper_parameter import SpaceVersion


@dataclass(frozen=True, slots=True)
class Fit:
    """How a configuration fits a space.

    Attributes
    ----------
    n_there, n_here : int
        How many hyper-parameters the configuration and the space have.
    missing : tuple of str
        Active hyper-parameters of the space that the configuration says nothing of.
    unknown : tuple of str
        What the configuration has and the space does not.
    outside : tuple of str
        Known ones whose value the space does not allow.
    common : dict
        Known ones with an allowed value.
    """

    n_there: int
    n_here: int
    missing: tuple[str, ...]
    unknown: tuple[str, ...]
    outside: tuple[str, ...]
    common: dict[str, Any]

    @property
    def is_whole(self) -> bool:
        """Whether all of the configuration can be applied."""
        return not (self.missing or self.unknown or self.outside)

    def __str__(self) -> str:
        parts = {"missing": self.missing, "unknown": self.unknown, "not allowed": self.outside}
        told = [f"{word}: {', '.join(names)}" for word, names in parts.items() if names]
        counts = f"{self.n_there} hyper-parameters there, {self.n_here} here"
        return f"{counts}; {'; '.join(told)}" if told else counts


def fit_of(config: Mapping[str, Any], space: SpaceVersion) -> Fit:
    """Compare a configuration with a space.

    Examples
    --------
    >>> from tuneboard.engine.hyper_parameter import HyperParameter
    >>> space = SpaceVersion(1, (HyperParameter("k", "int", 3, 1, 9),))
    >>> str(fit_of({"q": 1, "r": 2}, space))
    '2 hyper-parameters there, 1 here; missing: k; unknown: q, r'
    """
    common = {
        name: value
        for name, value in config.items()
        if name in space and (space[name].contains(value) or space[name].value == value)
    }
    needed = [one for one in space.hyper_parameters if one.is_searched or not one.is_unset]
    silent = [one.name for one in needed if one.name not in config]
    missing = [name for name in silent if _is_active(name, config, space)]
    return Fit(
        len(config),
        len(needed),
        tuple(missing),
        tuple(name for name in config if name not in space),
        tuple(name for name in config if name in space and name not in common),
        common,
    )


def _is_active(name: str, config: Mapping[str, Any], space: SpaceVersion) -> bool:
    """Whether a hyper-parameter counts under a configuration; where it cannot be told, it does."""
    condition = space.conditions.by_name.get(name) if space.is_conditional else None
    return condition is None or space.conditions.is_active(condition, config) is not False


def check_fit(fit: Fit, *, only_common: bool) -> None:
    """Refuse in words what cannot be applied.

    Raises
    ------
    SpaceError
        The hyper-parameters differ and not only the common ones are wanted, or there are none.
    """
    if fit.is_whole or (only_common and fit.common):
        return
    advice = "Apply the common ones only?" if fit.common else "Choose another configuration."
    message = f"The configuration does not fit: {fit}. {advice}"
    raise SpaceError(message, name="Study.apply", value=fit)
