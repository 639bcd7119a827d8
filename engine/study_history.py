"""What a study's past offers: marks, recorded edits, applied configurations, forks, reverts."""

from __future__ import annotations

import weakref
from collections.abc import Mapping
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .applying import Fit, check_fit, fit_of
from .errors import HistoryError, StudyError
from .history import History
from .ledger import Ledger
from .marks import Marks
from .past_trials import PastOffer, PastStudy, past_offers, read_past
from .settings import Settings
from .space import SearchSpace
from .space_changes import space_changes
from .study_data import StudyData
from .study_state import StudyState
from .surroundings import data_fingerprint
from .trial import Config, Trial

if TYPE_CHECKING:
    from .hyper_parameter import SpaceVersion


class StudyHistory:
    """The part of a `Study` that deals with what was: a `Study` inherits it."""

    space: SearchSpace
    name: str
    message: str
    _ledger: Ledger
    _settings: Settings
    _objective: Any
    _state: StudyState
    _run: Any
    _known_space: SpaceVersion
    _is_following = False

    if TYPE_CHECKING:

        @property
        def trials(self) -> list[Trial]:
            """All trials by number."""

        @property
        def id(self) -> str:
            """The id in the history."""

        def actions(self) -> list[dict[str, Any]]:
            """Return what the user did."""

    # What the user says.

    def marks(self) -> dict[int, Marks]:
        """Return the marks of the trials by number, those of the study itself as 0."""
        return self._ledger.marks()

    def mark(self, number: int = 0, **changes: Any) -> Marks:
        """Star, tag, note, archive or exclude a trial, or as number 0 the study itself.

        Optimizers that take hints heed starred and excluded trials from the next proposal on.

        Parameters
        ----------
        number : int
            The trial's number; 0 for the study.
        **changes
            `is_starred`, `is_archived`, `is_excluded`, `tags`, `note`.

        Raises
        ------
        HistoryError
            A mark breaks a rule, there is no such trial, or the study is not stored yet.
        """
        if number and number not in {one.number for one in self.trials}:
            advice = "Choose one of the study's."
            raise HistoryError.must("Study.mark", "be given a trial", number, advice)
        return self._ledger.mark(number, **changes)

    # What the user does to the space.

    def _watch_space(self) -> None:
        """Record edits of the space from now on, for as long as this study lives."""
        self._known_space = self.space.version
        method = weakref.WeakMethod(self._space_edited)

        def edited() -> None:
            call = method()
            if call is not None:
                call()

        stop = self.space.on_change(edited)
        weakref.finalize(self, stop)

    def _space_edited(self) -> None:
        """Store an edit at once, also of a study that does not run."""
        before, after = self._known_space, self.space.version
        self._known_space = after
        is_elsewhere = self._state.is_active and self._run is None
        if self._is_following or is_elsewhere or not self.id:
            return
        changes = space_changes(before, after)
        if not changes:
            return
        try:
            self._ledger.note_edit(after, changes)
        except HistoryError as error:
            # The edit counts all the same, and is stored with the next trial.
            self.message = f"The edit is not stored yet: {error}"

    def data(self) -> StudyData:
        """Return the whole study as plain records, as the functions `export_...` take it."""
        store = self._ledger.history
        about = store.study(self.id).about if store is not None and self.id else {}
        known = self.versions()
        return StudyData(self.name, self._settings, known, tuple(self.trials), about)

    def data_fingerprint(self) -> dict[str, Any]:
        """Return shape, types and hash of the data; of a study opened to look, as stored."""
        if self._objective is not None:
            X, y = (getattr(self._objective, one, None) for one in ("X", "y"))
            return data_fingerprint(X, y)
        store = self._ledger.history
        about = store.study(self.id).about if store is not None and self.id else {}
        return dict(about.get("data") or {})

    def past_offers(self) -> list[PastOffer]:
        """Return the earlier studies of the history that this one may learn from."""
        store = self._ledger.history
        if store is None:
            return []
        offers = past_offers(store, self.space.version, self._settings, self.data_fingerprint())
        return [one for one in offers if one.id != self.id]

    def past_studies(self) -> list[PastStudy]:
        """Return the earlier studies that this one learns from, as they fit into its space.

        One that has nothing that fits any more, or is no longer in the history, is left out.
        """
        found, store = [], self._ledger.history
        for one in self._settings.learn_from:
            with suppress(StudyError, HistoryError):
                data = self.data_fingerprint()
                found += read_past(store, [one], self.space.version, self._settings, data)
        return found

    def report(self, path: str | Path) -> Path:
        """Write all of the study as one HTML file with linked plots, to be read without a server.

        Raises
        ------
        DataError
            The file cannot be written.
        """
        # The page's package draws it; the engine works where that is not there.
        draw = import_module("tuneboard.dashboard.report").export_report
        written: Path = draw(self.data(), path, actions=self.actions(), marks=self.marks())
        return written

    @property
    def history(self) -> History | None:
        """Where the study is kept; None for nowhere."""
        return self._ledger.history

    def versions(self) -> tuple[SpaceVersion, ...]:
        """Return all versions of the space, oldest first; without a history the current one."""
        return self._ledger.versions() or (self.space.version,)

    def fit(self, config: Mapping[str, Any]) -> Fit:
        """Tell how a configuration, from whatever study, fits into the current space."""
        return fit_of(config, self.space.version)

    def apply(
        self, config: Mapping[str, Any], *, only_common: bool = False, source: str = ""
    ) -> Config:
        """Make `config` the current configuration.

        Parameters
        ----------
        config : mapping
            Hyper-parameter name -> value, from whatever study.
        only_common : bool
            Whether to apply what fits and to leave the rest, instead of refusing.
        source : str
            Where it is from, for the record.

        Returns
        -------
        dict
            What was applied.

        Raises
        ------
        SpaceError
            The hyper-parameters differ: "12 hyper-parameters there, 9 here; missing: ...,
            unknown: ...". Nothing has changed then.
        """
        fit = self.fit(config)
        check_fit(fit, only_common=only_common)
        before = {one.name: one.value for one in self.space.version.hyper_parameters}
        self.space.apply(fit.common)
        detail = {"config": fit.common, "before": before, "source": source}
        self._ledger.note("apply", detail)
        return fit.common

    def revert(self) -> Config:
        """Bring back the values from before the last `apply`; once more, those before that.

        Returns
        -------
        dict
            The values that are current again.

        Raises
        ------
        StudyError
            Nothing has been applied that could be taken back.
        """
        open_ones: list[dict[str, Any]] = []
        for action in self._ledger.actions():
            if action["kind"] == "apply":
                open_ones.append(action)
            elif action["kind"] == "revert" and open_ones:
                open_ones.pop()
        if not open_ones:
            message = "Study.revert must have an applied configuration to take back. Apply one."
            raise StudyError(message, name="Study.revert")
        before = fit_of(open_ones[-1]["before"], self.space.version).common
        self.space.apply(before)
        self._ledger.note("revert", {"config": before})
        return before

    # Copies.

    def _store(self) -> History:
        if self._ledger.history is None or not self.id:
            message = (
                f"Study {self.name!r} must be stored for this. Start it with a history, and run "
                "it first."
            )
            raise StudyError(message, name=self.name)
        return self._ledger.history

    def fork(self, number: int, *, name: str | None = None) -> str:
        """Store a new study that has this one's trials up to a moment; returns its id.

        Parameters
        ----------
        number : int
            The last trial that the fork has. Trials that had not finished by then run again.
        name : str, optional
            What to call it.

        Raises
        ------
        StudyError
            The study is not stored.
        DataError
            There is no such trial.
        """
        store = self._store()
        data = store.data(self.id)
        last = data.trial(number)
        trials = tuple(one for one in data.trials if one.number <= number)
        versions = [one for one in data.versions if one.number <= last.space_version]
        about = {**data.about, "forked from": {"study": self.id, "trial": number}}
        made = StudyData(
            name or f"{self.name} (from trial {number})",
            data.settings,
            tuple(versions),
            trials,
            about,
        )
        study_id = store.add(made)
        self._ledger.note("fork", {"study": study_id, "trial": number})
        return study_id

    def around(self, config: Mapping[str, Any], *, name: str | None = None) -> str:
        """Store a new study, without trials, whose values are a configuration; returns its id.

        Raises
        ------
        StudyError
            The study is not stored.
        SpaceError
            The configuration does not fit; see `apply`.
        """
        store = self._store()
        fit = self.fit(config)
        check_fit(fit, only_common=False)
        version = self.space.version
        space = SearchSpace.of(version.hyper_parameters, version.constraints)
        space.apply(fit.common)
        about = {**store.study(self.id).about, "started around": {"study": self.id, **fit.common}}
        title = name or f"{self.name} (around a configuration)"
        made = StudyData(title, self._settings, (space.version,), (), about)
        study_id = store.add(made)
        self._ledger.note("start around", {"study": study_id, "config": fit.common})
        return study_id
