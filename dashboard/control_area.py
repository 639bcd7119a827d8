"""The area with all that is set beside algorithm and budget; closed until it is asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import panel as pn

from ..engine.objective import CrossValidation
from ..engine.study import Study
from .final_estimate import FinalEstimate
from .next_trials import NextTrials, RunningTrials
from .option_fields import OptionFields
from .place_form import PlaceForm
from .run_options import RunOptions
from .stylesheets import BOX


@dataclass(frozen=True)
class Wishes:
    """What is called when the user wants something done.

    Parameters
    ----------
    place : function
        Given the address of a scheduler, empty for this machine.
    enqueue : function
        Given a configuration or an opened CSV file; returns what to say.
    values : function
        Returns the current values.
    kill : function
        Given the number of a running trial.
    estimate : function
        Called for the final estimate.
    """

    place: Callable[[str], None]
    enqueue: Callable[[Any], str]
    values: Callable[[], Mapping[str, Any]]
    kill: Callable[[int], None]
    estimate: Callable[[], None]


class ControlArea(pn.viewable.Viewer):
    """Groups of inputs side by side, made when the area is opened for the first time.

    Parameters
    ----------
    options : RunOptions
        The settings that are shown and changed.
    wishes : Wishes
        What the buttons do.
    """

    def __init__(self, options: RunOptions, wishes: Wishes) -> None:
        super().__init__()
        self._options, self._wishes = options, wishes
        # Hidden as a whole: what is laid out as a grid does not hide itself.
        self._panel = pn.Column(visible=False, **BOX)
        self._study: Study | None = None
        self._n_changes = -1
        self.place: PlaceForm | None = None
        self.next_trials: NextTrials | None = None
        self.running: RunningTrials | None = None
        self.final: FinalEstimate | None = None
        self._fields: OptionFields | None = None

    @property
    def is_open(self) -> bool:
        """Whether the area is shown."""
        return bool(self._panel.visible)

    def toggle(self) -> None:
        """Open the area, or close it."""
        if not self._panel.objects:
            self._panel[:] = [
                pn.Column(*self._groups(), css_classes=["tb-card", "tb-groups"], **BOX)
            ]
        self._panel.visible = not self._panel.visible
        self._n_changes = -1
        if self._study is not None:
            self.follow(self._study)

    def follow(self, study: Study) -> None:
        """Show how a study stands; called at every poll."""
        is_same = study is self._study and len(study.changes) == self._n_changes
        self._study = study
        if not self.is_open or self.final is None or self.running is None:
            return
        self.final.follow(study)
        if not is_same:
            self._n_changes = len(study.changes)
            self.running.follow(study)

    def lock(self, study: Study, *, is_begun: bool) -> None:
        """Disable what cannot be changed as the study stands."""
        if self._fields is not None and self.place is not None:
            objective = study.objective
            has_folds = objective is None or isinstance(objective, CrossValidation)
            self._fields.lock(is_begun, has_folds=has_folds)
            self.place.lock(study.state.is_active)

    def _groups(self) -> list[pn.Column]:
        wishes = self._wishes
        self._fields = OptionFields(self._options)
        self.place = PlaceForm(wishes.place)
        self.next_trials = NextTrials(wishes.enqueue, wishes.values)
        self.running = RunningTrials(wishes.kill)
        self.final = FinalEstimate(self._fields.holdout, wishes.estimate)
        ends, takes, ladder = self._fields.groups()
        actions = [self.next_trials.group(), self.running.group(), self.final.group()]
        return [ends, takes, ladder, self.place.group(), *actions]

    def __panel__(self) -> pn.viewable.Viewable:
        return self._panel
