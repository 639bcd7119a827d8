from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient
from tuneboard.engine.dataset import load_bundled
from tuneboard.engine.errors import DataError
from tuneboard.engine.executors import InProcess
from tuneboard.engine.interchange import export_notebook, export_script
from tuneboard.engine.problem import Problem
from tuneboard.engine.study import Study
from tuneboard.engine.study_data import StudyData


@pytest.fixture(scope="module")
def problem() -> Problem:
    return Problem(load_bundled("wine"), "svc")


@pytest.fixture(scope="module")
def wine(problem: Problem) -> StudyData:
    """Return a study that has run."""
    study = Study(
        problem.estimator(3),
        problem.dataset.X,
        problem.dataset.y,
        optimizer="random",
        n_trials=4,
        folds=3,
        seed=3,
        n_workers=1,
        name='wine """ \\ <b>',
        history=False,
        origin=problem.to_dict(),
    ).run(InProcess())
    return StudyData(study.name, study.settings, (study.space.version,), tuple(study.trials))


def run(path: Path) -> str:
    done = subprocess.run([sys.executable, path], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_script_of_a_study_finds_the_same_best_score(wine: StudyData, tmp_path: Path) -> None:
    printed = run(export_script(wine, tmp_path / "study.py"))

    best = wine.best_trial()
    assert printed.splitlines() == [f"accuracy {best.score!r}", repr(best.config)]


def test_the_script_of_a_configuration_scores_the_same(wine: StudyData, tmp_path: Path) -> None:
    path = export_script(wine, tmp_path / "trial.py", trial=2)

    assert run(path).strip() == f"accuracy {wine.trial(2).score!r}"
    assert f"# in the study: {wine.trial(2).score!r}" in path.read_text()


def test_a_function_is_brought_by_the_setup_or_by_the_recorded_code(
    study: StudyData, tmp_path: Path
) -> None:
    setup = "def model(config):\n    return -config['x']"
    made = Study(
        lambda config: -config["x"], space={"x": (0.0, 1.0)}, n_trials=2, history=False
    ).run(InProcess())
    data = StudyData("f", made.settings, (made.space.version,), tuple(made.trials))
    recorded = StudyData("f", data.settings, data.versions, data.trials, {"code": setup})

    by_setup = run(export_script(data, tmp_path / "one.py", setup=setup))
    by_code = run(export_script(recorded, tmp_path / "two.py"))

    assert by_setup == by_code
    assert f"score {made.best_trial.score!r}" in by_setup


def test_without_model_and_data_no_script_is_written(study: StudyData, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"export_script\.setup must say what model and data are"):
        export_script(study, tmp_path / "study.py")
    assert list(tmp_path.iterdir()) == []


def test_an_unknown_trial_is_refused(wine: StudyData, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="must have the trial asked for, not 99"):
        export_script(wine, tmp_path / "trial.py", trial=99)


@pytest.mark.notebook
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_the_notebook_runs_and_prints_the_same_score(wine: StudyData, tmp_path: Path) -> None:
    path = export_notebook(wine, tmp_path / "trial.ipynb", trial=2)
    book = nbformat.read(path, as_version=4)
    nbformat.validate(book)

    NotebookClient(book, timeout=120).execute()

    printed = "".join(
        output["text"]
        for cell in book.cells
        if cell.cell_type == "code"
        for output in cell.outputs
        if output.output_type == "stream"
    )
    assert f"accuracy {wine.trial(2).score!r}" in printed


def test_the_name_of_a_study_stays_text_in_the_notebook(wine: StudyData, tmp_path: Path) -> None:
    book: Any = nbformat.read(export_notebook(wine, tmp_path / "s.ipynb"), as_version=4)

    assert "<b>" not in book.cells[0].source
    assert "&lt;b&gt;" in book.cells[0].source
