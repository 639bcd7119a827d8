from __future__ import annotations

import time
from pathlib import Path

import pytest
from tuneboard.engine.errors import OptimizerError
from tuneboard.engine.fidelity import Fidelity
from tuneboard.engine.history import History
from tuneboard.engine.hyper_parameter import HyperParameter, SpaceVersion
from tuneboard.engine.ledger import Ledger
from tuneboard.engine.optimizers import OPTIMIZERS, SCHEDULERS
from tuneboard.engine.search import Search
from tuneboard.engine.settings import Settings
from tuneboard.engine.trial import Result, Trial, TrialState
from tuneboard.engine.trial_log import TrialLog

SPACE = SpaceVersion(
    1,
    (
        HyperParameter("lr", "real", 0.1, 0.001, 1.0, log=True),
        HyperParameter("depth", "int", 3, 1, 9),
        HyperParameter("kernel", "choice", "rbf", choices=("rbf", "poly", "linear")),
    ),
)


class Bench:
    """A search whose space and settings a test may change between two calls."""

    def __init__(self, optimizer: str = "random", n_trials: int = 24) -> None:
        self.space = SPACE
        self.settings = Settings(optimizer=optimizer, n_trials=n_trials, seed=5)
        self.log = TrialLog()
        self.ledger = Ledger(None)
        self.search = self.restarted()

    def restarted(self) -> Search:
        self.search = Search(self.log, self.ledger, lambda: self.space, lambda: self.settings)
        return self.search

    def edited(self, **changes: object) -> None:
        """Change the range of `lr`, as an edit of the page would."""
        records = (self.space["lr"].edited(**changes), *self.space.hyper_parameters[1:])
        self.space = SpaceVersion(self.space.number + 1, records)

    def start(self) -> Trial:
        trial = self.search.next_trial()
        assert trial is not None
        return trial

    def finish(self, trial: Trial) -> Trial:
        score = -abs(trial.config["lr"] - 0.3) + trial.config["depth"] / 10
        return self.search.outcome((trial.number, Result(score)))

    def run(self, n_trials: int) -> None:
        """Run trials one at a time, as the loop does with one worker."""
        finished: list[Trial] = []
        for _ in range(n_trials):
            trial = self.start()
            self.search.commit([*finished, trial])
            finished = [self.finish(trial)]
        self.search.commit(finished)

    @property
    def configs(self) -> list[dict[str, object]]:
        return [trial.config for trial in self.log.all()]


def test_a_new_trial_runs_under_the_next_number_and_says_why() -> None:
    bench = Bench()
    before = time.time()

    first, second = bench.start(), bench.start()

    assert (first.number, second.number) == (1, 2)
    assert (first.state, first.attempt, first.space_version) == (TrialState.RUNNING, 1, 1)
    assert before <= first.started_at <= time.time()
    assert first.provenance.optimizer == "random"
    assert SPACE.contains(first.config)


def test_there_is_no_trial_beyond_the_budget() -> None:
    bench = Bench(n_trials=3)
    bench.run(3)

    assert bench.search.next_trial() is None
    assert bench.search.message == ""


def test_a_raised_budget_goes_on_with_the_next_number() -> None:
    bench = Bench(n_trials=3)
    bench.run(3)
    bench.settings = bench.settings.changed(n_trials=5)

    bench.run(2)

    assert [trial.number for trial in bench.log.all()] == [1, 2, 3, 4, 5]


def test_a_finite_space_ends_the_search_in_words() -> None:
    bench = Bench(n_trials=10)
    bench.space = SpaceVersion(1, (HyperParameter("on", "choice", True, choices=(True, False)),))
    bench.restarted()
    for _ in range(2):
        bench.search.commit([bench.start()])

    assert bench.search.next_trial() is None
    assert bench.search.message.startswith("All 2 configurations have been tried.")


def test_an_outcome_is_told_to_the_optimizer_once() -> None:
    bench = Bench()
    trial = bench.start()
    bench.search.commit([trial])
    bench.finish(trial)

    with pytest.raises(OptimizerError, match=r"tell\(\) got trial 1, which was told before"):
        bench.finish(trial)


def test_an_interrupted_trial_keeps_everything_but_its_state() -> None:
    bench = Bench()
    trial = bench.start()
    bench.search.commit([trial])

    interrupted = bench.search.interrupted(1)

    assert interrupted.state is TrialState.INTERRUPTED
    assert (interrupted.config, interrupted.started_at) == (trial.config, trial.started_at)


def test_what_still_runs_when_a_run_ends_early_is_stored_as_interrupted() -> None:
    bench = Bench()
    bench.run(2)
    bench.search.commit([bench.start(), bench.start()])

    bench.search.interrupt_all()
    bench.search.interrupt_all()

    states = [trial.state.value for trial in bench.log.all()]
    assert states == ["completed"] * 2 + ["interrupted"] * 2
    assert len(bench.log.changes) == 8


def test_unfinished_trials_run_again_first_under_their_own_numbers() -> None:
    bench = Bench()
    bench.run(1)
    bench.search.commit([bench.start(), bench.start()])
    bench.search.commit([bench.search.interrupted(2)])  # trial 3 is left running, as by a crash
    bench.restarted()

    again = [bench.start(), bench.start(), bench.start()]

    assert [(one.number, one.attempt) for one in again] == [(2, 2), (3, 2), (4, 1)]
    assert [one.state for one in again] == [TrialState.RUNNING] * 3
    assert [one.config for one in again[:2]] == bench.configs[1:]


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_a_search_that_was_interrupted_proposes_what_an_uninterrupted_one_does(
    optimizer: str,
) -> None:
    whole, parted = Bench(optimizer), Bench(optimizer)
    whole.run(24)

    parted.run(9)
    parted.search.commit([parted.start()])
    parted.search.interrupt_all()
    parted.restarted()
    parted.run(15)

    assert parted.configs == whole.configs
    assert [trial.attempt for trial in parted.log.all()] == [1] * 9 + [2] + [1] * 14


@pytest.mark.parametrize("scheduler", SCHEDULERS)
def test_a_scheduled_search_that_was_interrupted_goes_on_as_an_uninterrupted_one(
    scheduler: str,
) -> None:
    whole, parted = Bench("evolutionary"), Bench("evolutionary")
    for bench in (whole, parted):
        fidelity = Fidelity("epochs", 1, 9)
        bench.settings = bench.settings.changed(fidelity=fidelity, scheduler=scheduler)
    whole.run(24)

    parted.run(15)
    parted.search.commit([parted.start()])
    parted.search.interrupt_all()
    parted.restarted()
    parted.run(9)

    proposed = [(one.config, one.fidelity, one.provenance) for one in parted.log.all()]
    assert proposed == [(one.config, one.fidelity, one.provenance) for one in whole.log.all()]
    assert {one.fidelity for one in whole.log.all()} == {1, 3, 9}


def test_a_fidelity_given_in_mid_run_starts_to_halve_and_keeps_what_was_learnt() -> None:
    bench = Bench("evolutionary", n_trials=60)
    bench.run(20)

    bench.settings = bench.settings.changed(fidelity=Fidelity("epochs", 1, 9))
    bench.run(20)

    trials = bench.log.all()
    assert {one.fidelity for one in trials[:20]} == {None}
    assert {one.fidelity for one in trials[20:]} <= {1, 3, 9}
    assert any(one.provenance.operator == "crossover and mutation" for one in trials[20:26])


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_an_edited_space_counts_from_the_next_trial_on(optimizer: str) -> None:
    bench = Bench(optimizer)
    bench.run(8)

    bench.edited(low=0.5, high=0.9)
    bench.run(8)

    versions = [trial.space_version for trial in bench.log.all()]
    assert versions == [1] * 8 + [2] * 8
    assert all(0.5 <= trial.config["lr"] <= 0.9 for trial in bench.log.all()[8:])


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_another_optimizer_takes_over_from_the_next_trial_on(optimizer: str) -> None:
    bench = Bench("random")
    bench.run(6)

    bench.settings = bench.settings.changed(optimizer=optimizer)
    bench.run(6)

    made_by = [trial.provenance.optimizer for trial in bench.log.all()]
    assert made_by == ["random"] * 6 + [optimizer] * 6


def test_another_optimizer_learns_what_has_finished_but_is_not_committed_yet() -> None:
    bench, later = Bench("random"), Bench("random")
    for one in (bench, later):
        one.run(11)
        one.search.commit([one.start()])
        finished = one.finish(one.log[12])
        if one is later:  # the same change, but after the commit and a restart
            one.search.commit([finished])
        one.settings = one.settings.changed(optimizer="evolutionary")
        if one is later:
            one.restarted()
        one.search.commit([one.start()] if one is later else [finished, one.start()])

    assert bench.configs == later.configs
    assert bench.log[13].provenance.optimizer == "evolutionary"


def test_another_optimizer_knows_a_trial_that_was_proposed_but_is_not_committed_yet() -> None:
    bench = Bench("random")
    first = bench.start()
    bench.settings = bench.settings.changed(optimizer="grid")
    second = bench.start()
    bench.search.commit([first, second])

    finished = [bench.finish(first), bench.finish(second)]

    assert [trial.state for trial in finished] == [TrialState.COMPLETED] * 2


def test_each_version_that_a_trial_names_is_stored_with_it(tmp_path: Path) -> None:
    history = History(tmp_path / "history.db")
    bench = Bench()
    bench.ledger = Ledger(history)
    bench.ledger.enrol("forest", {}, SPACE)
    bench.ledger.claim(lambda: None)
    bench.restarted()
    first = bench.start()
    bench.edited(high=0.5)
    second = bench.start()
    bench.edited(high=0.4)
    third = bench.start()

    bench.search.commit([first, second, third])
    bench.ledger.give_up()

    stored = {version.number for version in history.versions(bench.ledger.study_id)}
    assert stored == {first.space_version, second.space_version, third.space_version} == {1, 2, 3}


def test_an_edit_that_leaves_nothing_to_search_ends_the_proposals_in_words() -> None:
    bench = Bench()
    bench.run(1)
    records = tuple(one.edited(is_searched=False) for one in SPACE.hyper_parameters)
    bench.space = SpaceVersion(2, records)

    assert bench.search.next_trial() is None
    assert "RandomSearch.space must have a hyper-parameter to search" in bench.search.message
