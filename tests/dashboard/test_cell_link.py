"""The page and the cells of a notebook; the notebook's side is that of labextension/, in short."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sklearn.datasets import load_wine
from sklearn.ensemble import RandomForestClassifier
from tuneboard.dashboard import board as board_module
from tuneboard.dashboard.cell_link import CellLink, run_cell
from tuneboard.dashboard.notebook_cells import NotebookCells

from tuneboard import TuningDashboard

MODEL = """model = RandomForestClassifier(
    n_estimators=20,  # <b>mine</b>
    max_depth=4,
)"""


class Notebook:
    """One tab of a notebook, as the extension speaks for it."""

    def __init__(self, *sources: str, client: str = "tab 1") -> None:
        self.sources = {f"id{number}": text for number, text in enumerate(sources)}
        self.client = client
        self.is_read_only = False
        self.shown: list[Any] = []
        self.heard: Callable[[Any], None] = lambda _message: None
        self.closed: Callable[[Any], None] = lambda _message: None

    def on_msg(self, callback: Callable[[Any], None]) -> None:
        self.heard = callback

    def on_close(self, callback: Callable[[Any], None]) -> None:
        self.closed = callback

    def send(self, data: dict[str, Any]) -> None:
        if data["kind"] == "ask":
            self.tell("asked")
        elif data["to"] != self.client:
            return
        elif data["kind"] == "show":
            self.shown.append(data["bundles"])
        elif data["kind"] == "replace":
            self.answer(data["request"], *self.replace(data["edits"]))

    def replace(self, edits: list[dict[str, str]]) -> tuple[str, str]:
        for edit in edits:
            if edit["id"] not in self.sources:
                return "missing", edit["id"]
            if self.sources[edit["id"]] != edit["before"]:
                return "conflict", edit["id"]
        for edit in edits:
            self.sources[edit["id"]] = edit["after"]
        self.tell("asked")
        return "done", ""

    def answer(self, request: int, outcome: str, cell: str) -> None:
        self.say(kind="answer", request=request, outcome=outcome, id=cell)

    def tell(self, reason: str) -> None:
        cells = [
            {"id": one, "type": "code", "source": text, "isLocked": False}
            for one, text in self.sources.items()
        ]
        self.say(
            kind="cells",
            reason=reason,
            cells=cells,
            isReadOnly=self.is_read_only,
            hasPanel=True,
        )

    def say(self, **data: Any) -> None:
        self.heard({"content": {"data": {"client": self.client, **data}}})

    def edit(self, old: str, new: str) -> None:
        self.sources = {one: text.replace(old, new) for one, text in self.sources.items()}
        self.tell("edited")


@pytest.fixture
def notebook() -> Notebook:
    return Notebook("from sklearn.ensemble import RandomForestClassifier", MODEL)


@pytest.fixture
def cells(notebook: Notebook) -> NotebookCells:
    cells = NotebookCells()
    cells.connect(notebook)
    notebook.tell("ready")
    return cells


@pytest.fixture
def board(cells: NotebookCells, monkeypatch: pytest.MonkeyPatch) -> Iterator[TuningDashboard]:
    model = RandomForestClassifier(n_estimators=20, max_depth=4)
    monkeypatch.setattr(sys.modules["__main__"], "model", model, raising=False)
    monkeypatch.setattr(board_module, "is_notebook", lambda: True)
    monkeypatch.setattr(board_module, "notebook_cells", lambda: cells)
    one = TuningDashboard(model, *load_wine(return_X_y=True), history=False)
    yield one
    one.close()


@pytest.fixture
def link(board: TuningDashboard) -> CellLink:
    assert isinstance(board._code, CellLink)
    return board._code


def listed(board: TuningDashboard) -> dict[str, str]:
    return {row["name"]: row["value"] for row in board._table.rows}


def searched(board: TuningDashboard) -> list[str]:
    return [one.name for one in board.space.version.searched]


def test_the_cell_of_the_model_is_found(link: CellLink) -> None:
    assert link.text == "model: 2 values set in its cell."
    assert link.edit is None
    assert not link._write.visible


def test_a_value_of_the_page_is_previewed_then_written_then_undone(
    board: TuningDashboard, link: CellLink, notebook: Notebook
) -> None:
    board._table.edit("max_depth", "value", "7")
    board.poll()
    shown = link._diff._lines.object
    assert '<span class="goes">-    max_depth=4,' in shown
    assert '<span class="comes">+    max_depth=7,' in shown
    assert notebook.sources["id1"] == MODEL
    link.write()
    assert notebook.sources["id1"] == MODEL.replace("max_depth=4", "max_depth=7")
    assert link.edit is None
    link.undo()
    assert notebook.sources["id1"] == MODEL
    assert listed(board)["max_depth"] == "4"


def test_what_nobody_has_edited_is_never_written(board: TuningDashboard, link: CellLink) -> None:
    board._table.edit("min_samples_leaf", "value", "3")
    board.poll()
    assert link.edit is not None
    assert [one.name for one in link.edit.changes] == ["min_samples_leaf"]
    assert "min_samples_leaf=3" in link.edit.after["id1"]


def test_the_values_of_a_past_trial_are_previewed_for_the_cell_then_written(
    board: TuningDashboard, link: CellLink, notebook: Notebook
) -> None:
    link.preview_config({"n_estimators": 50, "max_depth": 4})
    assert link.edit is not None
    link.write()
    assert notebook.sources["id1"] == MODEL.replace("n_estimators=20", "n_estimators=50")
    link.preview_config({"n_estimators": 50})
    assert link.text.startswith("The cell has these values already.")
    assert MODEL.replace("20", "50") in link.code


def test_the_page_follows_the_cell_values_comments_and_new_hyper_parameters(
    board: TuningDashboard, notebook: Notebook
) -> None:
    notebook.edit("max_depth=4,", "max_depth=9,  # tune: 2..11")
    assert listed(board)["max_depth"] == "9"
    assert (board.space["max_depth"].low, board.space["max_depth"].high) == (2, 11)
    assert (
        "max_leaf_nodes" not in board.space.names or not board.space["max_leaf_nodes"].is_searched
    )
    notebook.edit("n_estimators=20,", "max_leaf_nodes=30,  # tune: 10..90\n    n_estimators=20,")
    assert "max_leaf_nodes" in searched(board)
    assert board.space["max_leaf_nodes"].high == 90
    notebook.edit("    max_leaf_nodes=30,  # tune: 10..90\n", "")
    assert (
        "max_leaf_nodes" not in board.space.names or not board.space["max_leaf_nodes"].is_searched
    )


def test_a_conflict_is_shown_and_nothing_is_overwritten(
    board: TuningDashboard, link: CellLink, notebook: Notebook
) -> None:
    board._table.edit("max_depth", "value", "7")
    notebook.edit("max_depth=4", "max_depth=2")
    assert link._conflicts.object == "max_depth: 7 in the list, 2 in the cell."
    assert listed(board)["max_depth"] == "7"
    assert link.edit is None
    link.take_code()
    assert listed(board)["max_depth"] == "2"
    assert not link._conflicts.visible


def test_of_a_conflict_the_list_can_be_kept(
    board: TuningDashboard, link: CellLink, notebook: Notebook
) -> None:
    board._table.edit("max_depth", "value", "7")
    notebook.edit("max_depth=4", "max_depth=2")
    link.keep_list()
    link.write()
    assert "max_depth=7" in notebook.sources["id1"]
    assert listed(board)["max_depth"] == "7"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda one: one.sources.update(id1=MODEL + "  # new"), "The cell was edited meanwhile"),
        (lambda one: one.sources.pop("id1"), "The cell is gone"),
    ],
)
def test_a_cell_that_has_changed_unseen_is_left_as_it_is(
    board: TuningDashboard,
    link: CellLink,
    notebook: Notebook,
    change: Callable[[Notebook], Any],
    words: str,
) -> None:
    board._table.edit("max_depth", "value", "7")
    board.poll()
    change(notebook)
    before = dict(notebook.sources)
    link.write()
    assert words in link.text
    assert notebook.sources == before


def test_a_read_only_notebook_offers_to_copy(
    board: TuningDashboard, link: CellLink, notebook: Notebook
) -> None:
    notebook.is_read_only = True
    notebook.tell("edited")
    board._table.edit("max_depth", "value", "7")
    board.poll()
    assert "This notebook is read-only. Copy the change instead." in link.text
    assert link._copy.visible
    assert not link._write.visible
    assert link.copied == MODEL.replace("max_depth=4", "max_depth=7")


def test_without_the_extension_what_was_edited_is_copied(
    board: TuningDashboard, link: CellLink, notebook: Notebook
) -> None:
    notebook.closed({})
    board._table.edit("max_depth", "value", "7")
    board.poll()
    assert "with tuneboard's extension" in link.text
    assert link.copied == "model.set_params(max_depth=7)"
    assert link._copy.visible


def test_the_live_model_follows_on_request(board: TuningDashboard, link: CellLink) -> None:
    model = vars(sys.modules["__main__"])["model"]
    board._table.edit("max_depth", "value", "7")
    assert model.max_depth == 4
    link.set_on_model()
    assert model.get_params()["max_depth"] == 7
    assert model.max_features == "sqrt"
    assert link.text == "Done: model.set_params(max_depth=7)"
    link.set_on_model()
    assert link.text == "model has the values of the list already."


def test_a_model_of_another_kind_is_not_touched(
    board: TuningDashboard, link: CellLink, notebook: Notebook, monkeypatch: pytest.MonkeyPatch
) -> None:
    notebook.edit("RandomForestClassifier(", "SVC(")
    assert link.text == "model is a SVC now. Run its cell, then open it anew."
    monkeypatch.setattr(sys.modules["__main__"], "model", object())
    link.set_on_model()
    assert link.text == "model is another kind of object now. Nothing was set."


def test_two_tabs_are_told_and_the_one_edited_last_counts(
    board: TuningDashboard, cells: NotebookCells, notebook: Notebook, link: CellLink
) -> None:
    other = Notebook(*notebook.sources.values(), client="tab 2")
    other.heard = notebook.heard
    send = notebook.send
    notebook.send = lambda data: (send(data), other.send(data))  # type: ignore[method-assign,func-returns-value,assignment]
    other.tell("ready")
    board.poll()
    assert "open in two tabs" in link.text
    board._table.edit("max_depth", "value", "7")
    board.poll()
    link.write()
    assert "max_depth=7" in other.sources["id1"]
    assert "max_depth=4" in notebook.sources["id1"]


def test_a_page_that_was_loaded_anew_is_no_second_tab(
    cells: NotebookCells, notebook: Notebook
) -> None:
    notebook.client = "tab 1, reloaded"
    notebook.tell("ready")
    assert cells.is_linked
    assert cells.notice == ""


def test_what_is_shown_waits_for_the_notebook_to_answer() -> None:
    notebook, cells = Notebook("x = 1"), NotebookCells()
    cells.connect(notebook)
    cells.show(lambda has_panel: [{"has_panel": has_panel}])
    assert notebook.shown == []
    notebook.tell("ready")
    assert notebook.shown == [[{"has_panel": True}]]


def test_of_cells_that_were_run_the_last_that_makes_the_model_counts(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from IPython.core.interactiveshell import InteractiveShell

    shell = InteractiveShell.instance()
    try:
        for code in ("model = 1", "model = 2  # later", "model == 2", "other = model"):
            shell.run_cell(code, store_history=True)
        assert run_cell("model") == {"": "model = 2  # later"}
        assert run_cell("nothing") == {}
    finally:
        InteractiveShell.clear_instance()
