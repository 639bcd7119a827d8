from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from tuneboard.engine.errors import DataError
from tuneboard.engine.hyper_parameter import HyperParameter, SpaceVersion
from tuneboard.engine.interchange import export_mlflow, import_mlflow
from tuneboard.engine.study_data import StudyData
from tuneboard.engine.trial import Provenance, Trial, TrialState

from .conftest import outcomes


@pytest.fixture
def mlruns(study: StudyData, tmp_path: Path) -> Path:
    export_mlflow(study, tmp_path / "mlruns")
    return tmp_path / "mlruns"


def read(mlruns: Path, study: StudyData) -> StudyData:
    return import_mlflow(mlruns, score="neg_log_loss", is_minimized=True)


def run_folder(mlruns: Path) -> Path:
    """Return the folder of a run that has ended well (status 3)."""
    metas = sorted(mlruns.glob("*/*/meta.yaml"))
    return next(one.parent for one in metas if "status: 3" in one.read_text())


def test_a_study_goes_to_mlflow_and_comes_back(mlruns: Path, study: StudyData) -> None:
    again = read(mlruns, study)

    as_completed = [
        (*one[:2], TrialState.COMPLETED if one[2] is TrialState.STOPPED else one[2], one[3])
        for one in outcomes(study)
    ]
    assert outcomes(again) == as_completed
    assert again.name == study.name
    assert again.trials[4].details.curve == study.trials[4].details.curve
    assert again.trials[0].duration_s == 2.0


def test_metrics_have_their_own_direction_in_mlflow(mlruns: Path) -> None:
    values = sorted(
        float(path.read_text().split()[1]) for path in mlruns.glob("*/*/metrics/neg_log_loss")
    )

    assert values == [0.25, 0.5, 0.75, 4.0]


def test_runs_that_were_deleted_or_have_not_ended_are_left_out(
    mlruns: Path, study: StudyData
) -> None:
    first, second, *_ = sorted(mlruns.glob("*/*/meta.yaml"))
    first.write_text(first.read_text().replace('"active"', "deleted"))
    second.write_text(
        second.read_text().replace("status: 3", "status: 1").replace("status: 4", "status: 1")
    )

    assert len(read(mlruns, study).trials) == 3


def test_metrics_that_were_written_by_hand_may_leave_out_the_step(
    mlruns: Path, study: StudyData
) -> None:
    path = run_folder(mlruns) / "metrics" / "by hand"
    path.write_text("17 0.5\n")

    data = import_mlflow(mlruns, score="by hand")

    assert [one.score for one in data.completed] == [0.5]


def test_a_damaged_run_is_refused_with_the_name_of_the_file(mlruns: Path, study: StudyData) -> None:
    folder = run_folder(mlruns)
    (folder / "metrics" / "neg_log_loss").write_text("nonsense\n")
    with pytest.raises(DataError, match="metric 'neg_log_loss', line 1, must be a timestamp"):
        read(mlruns, study)
    (folder / "metrics" / "neg_log_loss").write_bytes(b"\xff\xfe")
    with pytest.raises(DataError, match="neg_log_loss' must be text; it is binary"):
        read(mlruns, study)
    meta = folder / "meta.yaml"
    meta.write_text(meta.read_text().replace("end_time: 1", "end_time: soon"))
    with pytest.raises(DataError, match=r"meta\.yaml, end_time, must be a number of milliseconds"):
        read(mlruns, study)


def test_what_is_not_there_is_refused_by_its_name(mlruns: Path, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"import_mlflow\.source must be a folder that is there"):
        import_mlflow(tmp_path / "nowhere")
    with pytest.raises(DataError, match=r"import_mlflow\.experiment must be one of .*not 'other'"):
        import_mlflow(mlruns, experiment="other")
    with pytest.raises(
        DataError, match=r"import_mlflow\.score must be one of \['neg_log_loss'\], not 'f1'"
    ):
        import_mlflow(mlruns, score="f1")


def test_an_experiment_without_a_run_that_has_ended_is_refused(
    mlruns: Path, study: StudyData
) -> None:
    for path in mlruns.glob("*/*/meta.yaml"):
        path.unlink()

    with pytest.raises(DataError, match="MLflow's experiment .* must have a run that has ended"):
        import_mlflow(mlruns, experiment=next(mlruns.iterdir()).name)


def test_an_experiment_is_never_written_twice(mlruns: Path, study: StudyData) -> None:
    with pytest.raises(DataError, match=r"export_mlflow\.folder must have no experiment of that"):
        export_mlflow(study, mlruns)


@pytest.mark.parametrize("name", ["../../x", "/x/y"])
def test_no_name_leads_out_of_the_folder(name: str, study: StudyData, tmp_path: Path) -> None:
    space = SpaceVersion(1, (HyperParameter(name, "int", 1, 1, 9),))
    trial = Trial(1, {name: 1}, TrialState.COMPLETED, Provenance("", ""), score=1.0)

    with pytest.raises(DataError, match="export_mlflow must have names that a file can have"):
        export_mlflow(replace(study, versions=(space,), trials=(trial,)), tmp_path / "mlruns")


# MLflow 3.17 on SQLAlchemy 2.1; goes when MLflow stops using noload.
@pytest.mark.filterwarnings("ignore:The ``noload`` loader strategy")
@pytest.mark.parametrize("kind", ["folder", "database"])
def test_mlflow_itself_reads_what_we_write_and_we_what_it_writes(
    mlruns: Path, study: StudyData, tmp_path: Path, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from mlflow import tracking  # slow: it is loaded by this test alone

    monkeypatch.setenv("MLFLOW_ALLOW_FILE_STORE", "true")
    client = tracking.MlflowClient(tracking_uri=mlruns.as_uri())
    (found,) = [one for one in client.search_experiments() if one.name == study.name]
    runs = client.search_runs([found.experiment_id])

    assert len(runs) == 5
    assert {run.info.status for run in runs} == {"FINISHED", "FAILED"}
    assert min(run.data.metrics.get("neg_log_loss", 9.0) for run in runs) == 0.25

    folder = tmp_path / "theirs"
    other = folder if kind == "folder" else f"sqlite:///{tmp_path / 'mlflow.db'}"
    client = tracking.MlflowClient(folder.as_uri() if kind == "folder" else other)
    experiment_id = client.create_experiment("theirs")
    for number in range(3):
        run = client.create_run(experiment_id)
        client.log_param(run.info.run_id, "lr", number / 10)
        client.log_metric(run.info.run_id, "acc", number, step=0)
        client.log_metric(run.info.run_id, "acc", number + 0.5, step=1)
        client.set_terminated(run.info.run_id, "FAILED" if number == 2 else "FINISHED")

    data = import_mlflow(other, experiment="theirs")

    assert sorted(one.config["lr"] for one in data.trials) == [0.0, 0.1, 0.2]
    assert data.best_trial().score == 1.5
    assert data.best_trial().details.curve == ((0.0, 1.0), (1.0, 1.5))
