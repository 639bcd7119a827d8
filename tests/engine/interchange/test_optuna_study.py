from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

import optuna
import pytest
from optuna.distributions import FloatDistribution
from tuneboard.engine.errors import DataError, SpaceError
from tuneboard.engine.hyper_parameter import HyperParameter, SpaceVersion
from tuneboard.engine.interchange import export_optuna, import_optuna
from tuneboard.engine.metric import Metric
from tuneboard.engine.settings import Settings
from tuneboard.engine.study_data import StudyData
from tuneboard.engine.trial import Provenance, Trial, TrialState

from .conftest import made, outcomes

# Optuna's own words on constructors and experiments of this version.
pytestmark = pytest.mark.filterwarnings("ignore::optuna.exceptions.ExperimentalWarning")


def objective(trial: optuna.Trial) -> float:
    x = trial.suggest_float("x", -1.0, 1.0)
    kind = trial.suggest_categorical("kind", ["a", None, True])
    if kind == "a":
        trial.suggest_int("depth", 1, 9, step=2)
    for step in range(3):
        trial.report(x**2 + step, step)
    if trial.number == 2:
        raise optuna.TrialPruned
    if trial.number == 3:
        raise ArithmeticError("went wrong")
    return x**2


def run(storage: Any, name: str = "bowl", **settings: Any) -> optuna.Study:
    sampler = optuna.samplers.RandomSampler(seed=1)
    study = optuna.create_study(storage=storage, study_name=name, sampler=sampler, **settings)
    study.optimize(objective, n_trials=8, catch=[ArithmeticError])
    return study


@pytest.fixture(autouse=True)
def _quiet() -> None:
    optuna.logging.set_verbosity(optuna.logging.ERROR)


def test_a_study_of_optuna_is_read_with_its_scores_turned(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'optuna.db'}"
    theirs = run(url)

    data = import_optuna(url)

    assert data.name == "bowl"
    assert data.metric.is_minimized
    assert [one.config for one in data.trials] == [one.params for one in theirs.trials]
    best = data.best_trial()
    assert best.number == theirs.best_trial.number + 1
    assert data.metric.shown(best.score or 0) == theirs.best_value
    assert (data.space["depth"].step, data.space["x"].low) == (2, -1.0)


def test_pruned_and_failed_trials_say_so_and_reports_are_the_curve(tmp_path: Path) -> None:
    data = import_optuna(run(None))

    pruned, failed = data.trials[2], data.trials[3]
    x = pruned.config["x"]
    assert pruned.state is TrialState.STOPPED
    assert pruned.details.curve == tuple((float(step), -(x**2 + step)) for step in range(3))
    assert pruned.score == pruned.details.curve[-1][1]
    assert failed.state is TrialState.FAILED
    assert failed.error == "Failed in Optuna."


def test_every_kind_of_storage_is_read(tmp_path: Path) -> None:
    path = tmp_path / "optuna.db"
    theirs = run(f"sqlite:///{path}")
    journal = tmp_path / "journal.log"
    backend = optuna.storages.journal.JournalFileBackend(str(journal))
    run(optuna.storages.JournalStorage(backend))

    for source in (path, str(path), theirs, optuna.storages.RDBStorage(f"sqlite:///{path}")):
        assert len(import_optuna(source).trials) == 8
    assert len(import_optuna(journal).trials) == 8


def test_running_trials_are_left_out() -> None:
    theirs = run(None)
    theirs.ask()

    assert len(import_optuna(theirs).trials) == 8


def test_several_objectives_stay_several() -> None:
    theirs = optuna.create_study(directions=["minimize", "maximize"])
    theirs.set_metric_names(["loss", "speed"])
    theirs.optimize(lambda trial: (trial.suggest_float("x", 0, 1), 2.0), n_trials=2)

    data = import_optuna(theirs)

    assert [one.name for one in (data.metric, *data.settings.more_metrics)] == ["loss", "speed"]
    assert data.trials[0].objectives == (-data.trials[0].config["x"], 2.0)


def test_a_trial_with_an_infinite_value_counts_as_failed() -> None:
    theirs = optuna.create_study()
    theirs.optimize(lambda trial: trial.suggest_float("x", 0, 1) * float("inf"), n_trials=1)

    (trial,) = import_optuna(theirs).trials

    assert (trial.state, trial.score) == (TrialState.FAILED, None)
    assert "Completed with the score -inf" in trial.error


def test_a_study_goes_to_optuna_and_comes_back(study: StudyData, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'out.db'}"

    theirs = export_optuna(study, url)
    again = import_optuna(url)

    assert theirs.best_value == 0.25  # the metric's own value: a loss
    assert theirs.best_params == study.best_trial().config
    assert outcomes(again) == outcomes(study)
    assert again.trials[2].error == study.trials[2].error
    assert again.trials[0].started_at == study.trials[0].started_at
    assert again.trials[4].details.curve == study.trials[4].details.curve


def test_optuna_goes_on_with_what_it_was_given(study: StudyData) -> None:
    theirs = export_optuna(study)

    asked = theirs.ask({"lr": FloatDistribution(1e-4, 1.0, log=True)})

    assert asked.number == len(study.trials)


def test_trials_of_every_version_of_the_space_are_exported() -> None:
    narrow = SpaceVersion(1, (HyperParameter("x", "real", 0.1, 0.0, 1.0),))
    wide = SpaceVersion(2, (HyperParameter("x", "real", 0.1, 0.0, 10.0),))
    trials = tuple(
        Trial(number, {"x": x}, TrialState.COMPLETED, Provenance("", ""), number, score=1.0)
        for number, x in ((1, 0.5), (2, 9.0))
    )

    theirs = export_optuna(StudyData("s", Settings(), (narrow, wide), trials))

    assert [one.params["x"] for one in theirs.trials] == [0.5, 9.0]


def test_a_study_of_several_metrics_is_exported_with_all_of_them() -> None:
    space = SpaceVersion(1, (HyperParameter("x", "real", 0.1, 0.0, 1.0),))
    settings = Settings(metric=Metric("loss", "loss", True), more_metrics=(Metric("s", "s"),))
    trial = Trial(
        1, {"x": 0.5}, TrialState.COMPLETED, Provenance("", ""), score=-2.0, scores=(-2.0, 3.0)
    )

    theirs = export_optuna(StudyData("s", settings, (space,), (trial,)))

    assert theirs.trials[0].values == [2.0, 3.0]


def test_a_name_that_is_taken_is_refused(study: StudyData, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'out.db'}"
    export_optuna(study, url, "mine")

    with pytest.raises(DataError, match="export_optuna.study_name must be free, not 'mine'"):
        export_optuna(study, url, "mine")


def test_a_hyper_parameter_that_no_space_has_is_named(study: StudyData) -> None:
    odd = made(1, 1.0, stray=1)

    with pytest.raises(
        DataError, match=r"Trial 1\.config must have no hyper-parameter but .*stray"
    ):
        export_optuna(StudyData("s", study.settings, study.versions, (odd,)))


def test_what_is_no_storage_is_refused_and_nothing_is_made(tmp_path: Path) -> None:
    missing = tmp_path / "nowhere.db"

    for source in (missing, f"sqlite:///{missing}"):
        with pytest.raises(DataError, match="import_optuna.source must be a storage that is there"):
            import_optuna(source)
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_no_storage_is_refused(tmp_path: Path) -> None:
    broken, noise = tmp_path / "broken.db", tmp_path / "noise.log"
    broken.write_bytes(b"SQLite format 3\x00" + b"noise" * 500)
    noise.write_bytes(b"noise")

    with pytest.raises(DataError, match="Optuna cannot open"):
        import_optuna(broken)
    with pytest.raises(DataError, match=r"study_name must be one of \[\], not None"):
        import_optuna(noise)


def test_of_several_studies_one_must_be_named(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'optuna.db'}"
    run(url, "one")
    run(url, "two")

    with pytest.raises(DataError, match=r"study_name must be one of \['one', 'two'\], not None"):
        import_optuna(url)
    assert import_optuna(url, "two").name == "two"


def test_a_study_without_a_finished_trial_is_refused() -> None:
    with pytest.raises(DataError, match="Optuna's study 'x' must have a finished trial, not 0"):
        import_optuna(optuna.create_study(study_name="x"))


def test_choices_that_optuna_cannot_say_are_named(study: StudyData) -> None:
    space = SpaceVersion(1, (HyperParameter("k", "choice", (1,), choices=((1,), (2,))),))
    trial = Trial(1, {"k": (1,)}, TrialState.COMPLETED, Provenance("", ""), score=1.0)

    with pytest.raises(SpaceError, match=r"SearchSpace\.k must have choices that are text"):
        export_optuna(StudyData("s", study.settings, (space,), (trial,)))


def test_times_are_kept() -> None:
    data = import_optuna(run(None))

    started = datetime.datetime.fromtimestamp(data.trials[0].started_at)
    assert abs(datetime.datetime.now() - started) < datetime.timedelta(minutes=10)
    assert data.trials[0].duration_s > 0
