from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tuneboard.engine.errors import DataError
from tuneboard.engine.interchange import import_ray_tune
from tuneboard.engine.trial import TrialState

RECORDED = Path(__file__).parent / "recorded"


def write_trial(root: Path, name: str, params: dict[str, Any], *rows: Any) -> Path:
    """Write one trial as Ray Tune does: NaN in JSON, one report per line."""
    folder = root / name
    folder.mkdir(parents=True)
    (folder / "params.json").write_text(json.dumps(params))
    (folder / "result.json").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return folder


def report(step: int, **metrics: Any) -> dict[str, Any]:
    times = {"timestamp": 1_700_000_000 + step, "time_total_s": float(step), "pid": 7}
    return {**metrics, **times, "training_iteration": step, "trial_id": "abc", "config": {}}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    write_trial(
        tmp_path,
        "train_0",
        {"lr": 0.1, "model": {"units": 32}, "kind": "a"},
        report(1, loss=0.9),
        report(2, loss=0.4),
    )
    write_trial(tmp_path, "train_1", {"lr": 0.2, "model": {"units": 64}, "kind": "b"})
    broken = write_trial(
        tmp_path, "train_2", {"lr": 0.3, "model": {"units": 8}, "kind": "b"}, report(1, loss=0.1)
    )
    (broken / "error.txt").write_text("Traceback\nValueError: no")
    return tmp_path


def test_the_last_report_is_the_score_and_all_are_the_curve(root: Path) -> None:
    data = import_ray_tune(root, score="loss", is_minimized=True)

    by_lr = {one.config["lr"]: one for one in data.trials}
    first = by_lr[0.1]
    assert first.config == {"lr": 0.1, "model/units": 32, "kind": "a"}
    assert (first.score, first.details.curve) == (-0.4, ((1.0, -0.9), (2.0, -0.4)))
    assert (first.duration_s, first.started_at) == (2.0, 1_700_000_000)
    assert data.space["kind"].choices == ("b", "a") or data.space["kind"].choices == ("a", "b")


def test_trials_without_a_report_or_with_an_error_have_failed(root: Path) -> None:
    data = import_ray_tune(root)

    by_lr = {one.config["lr"]: one for one in data.trials}
    assert by_lr[0.2].state is TrialState.FAILED
    assert by_lr[0.2].error == "Completed with no score where it was imported."
    assert by_lr[0.3].state is TrialState.FAILED
    assert "ValueError: no" in by_lr[0.3].error


def test_a_last_line_that_was_cut_off_is_left_out(root: Path) -> None:
    with (root / "train_0" / "result.json").open("a") as file:
        file.write('{"loss": 0.')

    (best,) = import_ray_tune(root, is_minimized=True).completed

    assert best.score == -0.4


def test_a_damaged_file_is_named_with_its_line(root: Path) -> None:
    path = root / "train_0" / "result.json"
    path.write_text("{\n" + path.read_text())

    with pytest.raises(DataError, match=r"result\.json', line 1, must be JSON"):
        import_ray_tune(root)
    path.write_text("3\n")
    with pytest.raises(DataError, match=r"result\.json', line 1, must be a dict, not 3"):
        import_ray_tune(root)
    (root / "train_0" / "params.json").write_text("{")
    path.write_text("")
    with pytest.raises(DataError, match=r"params\.json' must be whole JSON"):
        import_ray_tune(root)


def test_of_several_metrics_one_must_be_named(root: Path) -> None:
    write_trial(root, "train_3", {"lr": 0.4}, report(1, loss=1.0, accuracy=0.5))

    with pytest.raises(
        DataError, match=r"import_ray_tune\.score must be one of \['accuracy', 'loss'\], not None"
    ):
        import_ray_tune(root)


def test_what_is_no_experiment_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="must hold folders with a params.json"):
        import_ray_tune(tmp_path)
    with pytest.raises(DataError, match="import_ray_tune.folder must be a folder that is there"):
        import_ray_tune(tmp_path / "nowhere")


def test_pickled_files_beside_the_results_are_never_opened(root: Path) -> None:
    (root / "train_0" / "params.pkl").write_bytes(b"cos\nsystem\n(S'false'\ntR.")

    assert len(import_ray_tune(root).trials) == 3


def test_what_ray_itself_has_written_is_read() -> None:
    """The files are recorded: see recorded/record.py."""
    data = import_ray_tune(RECORDED / "ray", score="loss", is_minimized=True)

    trials = sorted(data.trials, key=lambda one: one.config["model/lr"])
    assert [one.config for one in trials] == [{"model/lr": lr} for lr in (0.1, 0.2, 0.4)]
    assert [one.state.is_failed for one in trials] == [False, False, True]
    assert trials[2].error.strip() == "ValueError: diverged"
    assert data.best_trial().score == pytest.approx(-2.1)
    assert [score for _step, score in trials[1].details.curve] == [-0.2, -1.2, -2.2]
