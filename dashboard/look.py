"""How the user has arranged the plots of one study, kept with it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Self

KIND = "look"
"""The kind of action that keeps it."""


@dataclass(frozen=True, slots=True)
class Look:
    """What the plots show.

    Parameters
    ----------
    colour : str
        What the colour of a trial stands for; see `TrialSource.colour_names`.
    second : str
        What the second row of plots shows; empty without one.
    has_spread : bool
        Whether the spread over folds is drawn.
    hidden : tuple of str
        Hyper-parameters that have no plot.
    """

    colour: str = "order"
    second: str = ""
    has_spread: bool = False
    hidden: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain data."""
        return {**asdict(self), "hidden": list(self.hidden)}

    @classmethod
    def from_actions(cls, actions: Iterable[Mapping[str, Any]]) -> Self:
        """Return the one kept last; data of another shape gives the default."""
        kept = [one for one in actions if one.get("kind") == KIND]
        if not kept:
            return cls()
        last = kept[-1]
        hidden = last.get("hidden", [])
        colour, second = last.get("colour", "order"), last.get("second", "")
        is_list = isinstance(hidden, list)
        if not is_list or not all(isinstance(one, str) for one in (colour, second, *hidden)):
            return cls()
        return cls(colour, second, last.get("has_spread") is True, tuple(hidden))
