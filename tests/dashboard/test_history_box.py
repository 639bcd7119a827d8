"""The history in the page, without a browser: set a parameter, read a parameter."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sklearn.datasets import load_wine
from sklearn.svm import SVC
from tuneboard.engine.executors import InProcess
from tuneboard.engine.history import History
from tuneboard.engine.study import Study

from tuneboard import TuningDashboard, export_optuna


@pytest.fixture
def history(tmp_path: Path) -> History:
    return History(tmp_path / "history.db")


@pytest.fixture
def board(history: History) -> Iterator[TuningDashboard]:
    """Return a board that shows the newer of two finished studies."""
    X, y = load_wine(return_X_y=True)
    studies = [
        Study(
            SVC(),
            X,
            y,
            n_trials=3,
            folds=2,
            optimizer="random",
            seed=seed,
            name=name,
            history=history,
        ).run(InProcess())
        for seed, name in enumerate(("first <b>", "second 🙂"))
    ]
    board = TuningDashboard(history=history)
    board._open(studies[1].id)
    yield board
    board.close()


def lines(board: TuningDashboard) -> list[str]:
    return list(board._box._choice.options)[1:]


def test_the_search_box_narrows_the_list_and_says_how_many_and_the_best(
    board: TuningDashboard, history: History
) -> None:
    board._box._search.value = 'name:"first <b>" trials>=3'

    assert [line.split(" · ")[0] for line in lines(board)] == ["first <b>"]
    best = history.studies()[1].best_score
    assert board._box.found == f"1 found, best accuracy {best:.4g} in first <b>"
    board._box._search.value = ""
    assert len(lines(board)) == 2
    assert board._box.found == ""


def test_words_that_none_has_find_what_is_most_alike(board: TuningDashboard) -> None:
    board._notes._note.value = "customers who leave: churn prediction"

    board._box._search.value = "predict churning customers"

    assert board._box.found == "None has these words. The most alike, best first:"
    assert [line.split(" · ")[0] for line in lines(board)] == ["second 🙂"]
    board._box._search.value = "zzzzqqqq"
    assert board._box.found == "None has these words."


def test_a_bad_query_is_said_and_the_list_stays(board: TuningDashboard) -> None:
    board._box._search.value = "modle:SVC"

    assert "Did you mean model:?" in board._box.found
    assert len(lines(board)) == 2


def test_star_tags_and_note_are_stored_and_shown_in_the_list(
    board: TuningDashboard, history: History
) -> None:
    board._notes._star.value = True
    board._notes._tags.value = "churn, final ,churn"
    board._notes._note.value = "<script>alert(1)</script>"

    marks = history.marks(board.study.id)[0]
    assert (marks.is_starred, marks.tags) == (True, ("churn", "final"))
    assert marks.note == "<script>alert(1)</script>"
    assert lines(board)[0].startswith("★ second 🙂")
    assert lines(board)[0].endswith("#churn · #final")


def test_an_archived_study_leaves_the_list(board: TuningDashboard) -> None:
    board._notes._out.value = True

    assert [line.split(" · ")[0] for line in lines(board)] == ["first <b>"]


def test_another_study_shows_its_own_marks(board: TuningDashboard, history: History) -> None:
    board._notes._note.value = "of the second"
    first = history.studies()[1]

    board._open(first.id)

    assert board._notes._note.value == ""
    assert not history.marks(first.id)


def test_the_selected_trial_is_applied_and_taken_back(board: TuningDashboard) -> None:
    before = board.space.config
    board._state.selection = [2]
    board.poll()
    board._list_studies()

    board._past._buttons["Apply"].clicks += 1
    assert board.space.config == {**before, **board.study.trials[1].config}
    board._past._buttons["Revert"].clicks += 1

    assert board.space.config == before


def test_a_configuration_that_does_not_fit_is_refused_with_the_choice_of_what_does(
    board: TuningDashboard,
) -> None:
    board.space.edit("C", low=1e5, high=1e6)
    board._state.selection = [2]
    board._list_studies()

    board._past._buttons["Apply"].clicks += 1
    assert "not allowed: C" in board._error
    assert board._past._buttons["Apply common"].visible

    board._past._buttons["Apply common"].clicks += 1
    assert board._error == ""


def test_a_fork_is_opened_in_the_page(board: TuningDashboard, history: History) -> None:
    board._state.selection = [2]
    board._list_studies()

    board._past._buttons["Fork here"].clicks += 1

    assert len(history.studies()) == 3
    assert len(board.study.trials) == 2
    assert board.study.name == "second 🙂 (from trial 2)"


def test_selected_trials_are_compared_side_by_side(board: TuningDashboard) -> None:
    board._state.selection = [1, 3]
    board._list_studies()

    board._past._buttons["Compare"].clicks += 1

    html = board._past.comparison.html
    assert "<th>trial 1</th><th>trial 3</th>" in html
    assert "<td>C</td>" in html
    assert "Which change moved the score" in html


def test_a_starred_trial_says_so_and_is_stored(board: TuningDashboard, history: History) -> None:
    board._state.selection = [2]
    form = board._trial_card._form
    assert form._star.label == "☆ Star trial"

    form._star.value = True
    form._tags.value = "odd"
    form._note.value = "<b>odd folds</b>"
    form._out.value = True

    marks = history.marks(board.study.id)[2]
    assert (marks.is_starred, marks.is_excluded, marks.tags) == (True, True, ("odd",))
    assert form._star.label == "★ Starred trial"
    board._state.selection = [3]
    assert (form._star.value, form._note.value) == (False, "")


def test_a_query_selects_trials_everywhere_and_says_which_is_the_best(
    board: TuningDashboard,
) -> None:
    board._state.selection = [2]
    board._trial_card._form._star.value = True

    board._trial_card.search.value = "is:starred"

    assert board._state.selection == [2]
    trial = board.study.trials[1]
    assert board._trial_card.found.startswith("1 trial found, the best is trial 2, accuracy ")
    assert f"C {trial.config['C']:.4g}" in board._trial_card.found
    board._trial_card.search.value = "gamme>1"
    assert "Did you mean gamma?" in board._trial_card.found
    assert board._state.selection == [2]
    board._trial_card.search.value = ""
    assert (board._state.selection, board._trial_card.found) == ([], "")


def test_a_query_is_completed_by_what_the_history_has(board: TuningDashboard) -> None:
    search = board._box._search

    search.typed = "mod"
    assert search.options == [["model:", "the model's name or text", 0]]
    search.typed = "trials>=3 name:sec"
    assert search.options == [['name:"second 🙂"', "", 10]]
    search.typed = ""
    assert search.options == []
    trials = board._trial_card.search
    trials.typed = "gam"
    assert [one[0] for one in trials.options] == ["gamma"]
    trials.typed = "state:"
    assert [one[0] for one in trials.options] == ["state:completed"]


def test_ticked_studies_are_compared_and_one_alone_is_opened(
    board: TuningDashboard, history: History
) -> None:
    studies = board._desk.studies
    assert [row["study"] for row in studies.table.rows] == ["second 🙂", "first <b>"]
    ids = [one.id for one in history.studies()]

    studies.table._source.selected.indices = [0, 1]
    html = studies.comparison.html
    assert "<th>first &lt;b&gt;</th><th>second 🙂</th>" in html
    for part in ("What came out", "Search space", "Data", "Versions, code and machine", "Code"):
        assert f"<h4>{part}" in html
    assert studies._open.disabled

    studies.table._source.selected.indices = [1]
    assert studies.comparison.html == ""
    studies._open.clicks += 1
    assert board.study.id == ids[1]


def test_what_is_ticked_stays_so_when_studies_come(board: TuningDashboard) -> None:
    table = board._desk.studies.table
    table._source.selected.indices = [1]

    board.study.fork(2)
    board._list_studies()

    assert len(table.rows) == 3
    assert table._source.selected.indices == [2]


def test_the_story_tells_what_was_done_and_is_narrowed_to_one_kind(board: TuningDashboard) -> None:
    board.space.edit("C", is_searched=False)
    board._notes._note.value = "<i>churn</i>"
    board._list_studies()

    story = board._desk.story
    assert "C held" in story.html
    assert "study: note: &lt;i&gt;churn&lt;/i&gt;" in story.html
    story._kind.value = "edits of the space"
    assert "C held" in story.html
    assert "churn" not in story.html


def test_settings_data_versions_and_code_are_told_when_looked_at(board: TuningDashboard) -> None:
    about = board._desk.about
    assert about.html == ""

    board._desk.show_part("About")

    for words in ("SVC()", "data: hash", "versions: scikit-learn", "rebuilt</summary>"):
        assert words in about.html


@pytest.mark.parametrize(
    ("name", "file", "begin"),
    [
        ("report", "second.html", b"<!DOCTYPE html>"),
        ("csv", "second.csv", b"trial,state,score"),
        ("parquet", "second.parquet", b"PAR1"),
        ("json", "second.json", b'{"tuneboard":1'),
        ("optuna", "second.db", b"SQLite format 3"),
        ("mlflow", "second.zip", b"PK"),
        ("script", "second.py", b'"""Study second'),
        ("notebook", "second.ipynb", b"{"),
    ],
)
def test_the_study_is_downloaded_in_every_form(
    board: TuningDashboard, name: str, file: str, begin: bytes
) -> None:
    export = board._desk.export
    export._format.value = name

    assert export._download.filename == file
    assert export._file().read().startswith(begin)
    assert export.text == ""


def test_one_trial_is_exported_as_a_script(board: TuningDashboard) -> None:
    board._state.selection = [2]
    board._list_studies()
    export = board._desk.export
    export._format.value = "script"
    export._part.value = "Trial 2"

    assert b'"""Trial 2 of study' in export._file().read()


CSV = b"lr,depth,kind,accuracy\n0.1,3,a,0.9\n0.2,4,<b>,0.8\n"


def test_a_table_shows_its_columns_before_it_is_imported(
    board: TuningDashboard, history: History
) -> None:
    card = board._desk.take_in
    assert card._button.disabled

    card.upload("runs <b>.csv", CSV)

    assert card._score.value == "accuracy"
    assert card._inputs.value == ["lr", "depth", "kind"]
    assert "2 rows, 4 columns" in card._columns.object
    assert "<td>&lt;b&gt;</td>" in card._columns.object
    card._inputs.value = ["lr", "kind"]
    card._name.value = "my <i>runs</i>"
    card._button.clicks += 1

    assert card.text == "Imported."
    assert board.study.name == "my <i>runs</i>"
    assert next(one.config for one in board.study.trials) == {"lr": 0.1, "kind": "a"}
    assert history.studies()[0].best_score == 0.9


def test_another_column_becomes_the_score_and_the_old_one_a_hyper_parameter(
    board: TuningDashboard,
) -> None:
    card = board._desk.take_in
    card.upload("runs.csv", CSV)

    card._score.value = "depth"

    assert card._inputs.value == ["lr", "kind", "accuracy"]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("search.pkl", b"x", "'search.pkl' must not be a pickled file"),
        ("model.joblib", b"x", "'model.joblib' must not be a pickled file"),
        ("renamed.csv", b"\x80\x04\x95", "'renamed.csv' must not be a pickled file"),
        ("runs.xlsx", b"x", "'runs.xlsx' must end in one of .csv"),
        ("runs.csv", b"a\n1\n", "'runs.csv' must have two columns or more"),
        ("runs.csv", b"", "'runs.csv' must have content"),
    ],
)
def test_a_file_that_is_never_opened_is_refused_in_words(
    board: TuningDashboard, history: History, name: str, content: bytes, message: str
) -> None:
    card = board._desk.take_in

    card.upload(name, content)

    assert card.text.startswith(message)
    assert card._button.disabled
    assert len(history.studies()) == 2


@pytest.mark.parametrize("format", ["csv", "parquet", "json", "optuna", "mlflow"])
def test_what_the_page_exports_it_imports_again(
    board: TuningDashboard, history: History, format: str
) -> None:
    export, card, before = board._desk.export, board._desk.take_in, board.study
    export._format.value = format
    card.upload(str(export._download.filename), export._file().read())

    card._button.clicks += 1

    assert card.text == "Imported."
    searched = [one.name for one in before.space.version.searched]
    found = [[one.config[name] for name in searched] for one in board.study.trials]
    assert found == [[one.config[name] for name in searched] for one in before.trials]
    assert history.studies()[0].best_score == pytest.approx(before.best_trial.score)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("study.json", b"{}", "'upload.json' must be a study that tuneboard has exported"),
        ("results.zip", b"PK no", "'results.zip' must be a whole zip file"),
        ("optuna.db", b"no database", "Optuna cannot open"),
        ("runs.csv", b"lr,score\nfast,0.9\nslow,high\n", "column 'score'"),
    ],
)
def test_a_file_that_cannot_be_read_is_said_and_nothing_is_stored(
    board: TuningDashboard, history: History, name: str, content: bytes, message: str
) -> None:
    card = board._desk.take_in
    card.upload(name, content)

    card._button.clicks += 1

    assert message in card.text
    assert len(history.studies()) == 2


def test_a_storage_of_optuna_is_imported_by_its_url(
    board: TuningDashboard, history: History, tmp_path: Path
) -> None:
    url = f"sqlite:///{tmp_path / 'optuna.db'}"
    export_optuna(board.study.data(), url, "there")
    card = board._desk.take_in

    card._kind.value = "optuna"
    card._place.value = url
    card._button.clicks += 1

    assert card.text == "Imported."
    assert history.studies()[0].name == "there"
    assert len(board.study.trials) == 3


def test_earlier_studies_that_fit_are_offered_and_learned_from(
    board: TuningDashboard, history: History
) -> None:
    earlier = board.study
    new = TuningDashboard(SVC(), *load_wine(return_X_y=True), history=history, n_trials=2, folds=2)
    learn = new._desk.learn
    learn._look.clicks += 1
    assert list(learn._choice.options) == [
        "second 🙂 · 3 trials fit · same data",
        "first <b> · 3 trials fit · same data",
    ]

    learn._choice.value = [earlier.id]
    assert new.study.settings.learn_from == (earlier.id,)
    past = new.views.trials.past
    assert past.n_trials == 3
    assert past.legend.startswith("◇ trials of earlier studies")
    assert "second 🙂 (3 trials, same data)" in new.views.timeline.remark
    new.study.run(InProcess(), show_progress=False)
    new.poll()
    new._list_studies()
    assert learn.text == "This study has learned from: second 🙂 (3 trials)."
    assert sorted(past.source.data["trial"]) == [1, 2, 3]
    assert new.views.trials.n_trials == 2
    new.close()
