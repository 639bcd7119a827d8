"""What the user does from the views: select, and steer the search; each step is recorded."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ..engine.analysis.change_points import ChangePoint
from ..engine.analysis.lineage import Lineage
from ..engine.errors import SpaceError, TuneboardError
from ..engine.hyper_parameter import SpaceVersion
from ..engine.study import Study
from ..engine.trial import Trial
from .selection_actions import Edits, exclusion, in_words, narrowing
from .state import BoardState
from .trial_source import TrialSource

N_STEPS = 50
TOO_WIDE = (
    "The selected trials lie all over the space: there is no range to narrow. Select trials that "
    "lie closer together in one plot."
)


class Steering:
    """The actions on the selection and the space.

    Parameters
    ----------
    study : Study
        The study on the page.
    trials : TrialSource
        What the page shows of it.
    state : BoardState
        Holds the selection.
    say : callable
        Told what an action has done, in words.
    """

    def __init__(
        self,
        study: Study,
        trials: TrialSource,
        state: BoardState,
        say: Callable[[str], None],
    ) -> None:
        self.study = study
        self._trials = trials
        self._state = state
        self._say = say
        self._before: list[list[int]] = []
        self._is_undoing = False
        self._tree: tuple[int, Lineage] | None = None

    # The selection.

    @property
    def can_undo(self) -> bool:
        """Whether there is a selection to go back to."""
        return bool(self._before)

    def remember(self, before: Sequence[int]) -> None:
        """Keep the selection that was there before the one now."""
        if not self._is_undoing:
            self._before = [*self._before, list(before)][-N_STEPS:]

    def choose(self, numbers: Sequence[int]) -> None:
        """Select these trials."""
        self._state.selection = list(numbers)

    def clear(self) -> None:
        """Select none."""
        self.choose(())

    def invert(self) -> None:
        """Select all that are not selected now."""
        selected = set(self._state.selection)
        self.choose([one.number for one in self._trials.shown if one.number not in selected])

    def undo(self) -> None:
        """Go back to the selection before."""
        if self._before:
            self._is_undoing = True
            try:
                self.choose(self._before.pop())
            finally:
                self._is_undoing = False

    def kin(self) -> frozenset[int]:
        """Return the ancestors and descendants of the selected trials."""
        lineage = self._lineage()
        known = [one for one in self._state.selection if one in lineage.parents]
        found = (lineage.ancestors(one) | lineage.descendants(one) for one in known)
        return frozenset().union(*found)

    def choose_kin(self) -> None:
        """Select the ancestors and descendants as well."""
        self.choose(sorted({*self._state.selection, *self.kin()}))

    def _lineage(self) -> Lineage:
        shown = self._trials.shown
        if self._tree is None or self._tree[0] != len(shown):
            self._tree = (len(shown), Lineage(shown))
        return self._tree[1]

    # The search.

    def search_here(self) -> None:
        """Narrow the space to where the selected trials lie."""
        edits = self._edits()
        if edits:
            self._steer(edits, f"Search {in_words(edits)}")

    def exclude(self) -> None:
        """Search no more where the selected trials lie, by a constraint."""
        edits = self._edits()
        text = exclusion(self.study.space.version, edits)
        if not text:
            return
        constraints = (*self.study.space.constraints, text)
        self._act(
            lambda: self.study.space.constrain(*constraints), f"No longer search {in_words(edits)}"
        )

    def narrow(self, name: str, changes: Mapping[str, Any]) -> None:
        """Narrow one hyper-parameter."""
        self._steer({name: dict(changes)}, f"Search {in_words({name: dict(changes)})}")

    def use(self, trial: Trial) -> None:
        """Make the values of a trial the current ones."""
        known = {
            name: trial.config[name] for name in self.study.space.names if name in trial.config
        }
        self._act(lambda: self.study.space.apply(known), f"Use the values of trial {trial.number}")

    def restore(self, point: ChangePoint) -> None:
        """Go back to a moment: its space, the values of its trial, and that trial selected."""
        trial = None if point.trial is None else self._trials.trial(point.trial)
        if trial is None:
            self._say("There is no finished trial at that moment to go back to.")
            return
        # First, for what an action has said goes with another selection.
        self.choose((trial.number,))
        self._act(lambda: self._go_back_to(trial), f"Back to the moment of trial {trial.number}")

    def _go_back_to(self, trial: Trial) -> None:
        versions = {one.number: one for one in self.study.versions()}
        space, then = self.study.space, versions.get(trial.space_version)
        if then is not None and then.names != space.names:
            message = "The space of that moment has other hyper-parameters. Fork the study there."
            raise SpaceError(message, name="SearchSpace")
        records = space.version.hyper_parameters if then is None else then.hyper_parameters
        rules = space.constraints if then is None else then.constraints
        known = trial.config
        values = tuple(
            one.edited(value=known[one.name]) if one.name in known else one for one in records
        )
        space.move_to(SpaceVersion(space.version.number + 1, values, rules))

    def _edits(self) -> Edits:
        version = self.study.space.version
        edits = narrowing(version, self._trials.selected_trials, self._trials.shown)
        if not edits:
            self._say(TOO_WIDE)
        return edits

    def _steer(self, edits: Edits, words: str) -> None:
        def edit() -> None:
            for name, changes in edits.items():
                self.study.space.edit(name, **changes)

        self._act(edit, words)

    def _act(self, act: Callable[[], None], words: str) -> None:
        try:
            act()
            self.study.note("steer", text=words)
        except TuneboardError as error:
            self._say(str(error))
        else:
            self._say(f"{words}. The list of hyper-parameters can undo it.")
