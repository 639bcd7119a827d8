"""Views of what is computed from the trials, and what keeps them up to date."""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from ..engine.hyper_parameter import SpaceVersion
from ..engine.metric import Metric
from ..engine.trial import Trial
from .background import Background, Job
from .view import View

_EVERY_S = 2.0


@dataclass(frozen=True)
class Moment:
    """What there is to compute from: the space, the trials, and the numbers of the selected."""

    space: SpaceVersion
    trials: Sequence[Trial]
    metric: Metric
    selection: tuple[int, ...] = ()
    actions: Sequence[Mapping[str, Any]] = ()


class ComputedView(View):
    """A view with a source of its own, filled with what `work` computes off the page's thread."""

    follows_selection: ClassVar[bool] = False
    """Whether it is computed for the selected trials, and so again for other ones."""

    @property
    def choices(self) -> Hashable:
        """What the user has chosen in the view that changes what is computed."""
        return ()

    def work(self, moment: Moment) -> Job:
        """Return the job that computes what `show` takes; it touches no model of the page."""
        raise NotImplementedError

    def show(self, outcome: Any) -> None:  # type: ignore[override]
        """Show what was computed, in place of what was shown before.

        (Panel's own `show`, which serves one object as a page, has no use here.)
        """
        raise NotImplementedError


class Computing:
    """Asks for what computed views show when something has changed, and hands it to them."""

    def __init__(self) -> None:
        self._background = Background()
        self._keys: dict[str, tuple[Hashable, Hashable]] = {}
        self._asked_at: dict[str, float] = {}

    def poll(
        self,
        views: Mapping[str, ComputedView],
        state: tuple[Hashable, tuple[int, ...]],
        moment: Callable[[], Moment],
    ) -> bool:
        """Take in outcomes, ask for new ones; whether any view has changed.

        Parameters
        ----------
        views : mapping of str to ComputedView
            Those that are open.
        state : (hashable, tuple of int)
            What the trials and the space are at, and the numbers of the selected trials.
        moment : callable
            Gives the trials and the space; called only where they are wanted.
        """
        for name, view in views.items():
            wish = (view.choices, state[1] if view.follows_selection else ())
            self._ask(name, view, (wish, state[0]), moment)
        return any(self._hand_over(name, view) for name, view in views.items())

    def _ask(
        self,
        name: str,
        view: ComputedView,
        key: tuple[Hashable, Hashable],
        moment: Callable[[], Moment],
    ) -> None:
        before, now = self._keys.get(name), time.monotonic()
        if key == before:
            return
        is_asked = before is None or before[0] != key[0]
        if not is_asked and now - self._asked_at[name] < _EVERY_S:
            return
        self._keys[name], self._asked_at[name] = key, now
        self._background.submit(view.work(moment()), name, is_asked=is_asked)

    def _hand_over(self, name: str, view: ComputedView) -> bool:
        outcome = self._background.take(name)
        if outcome is None:
            return False
        view.show(outcome)
        return True
