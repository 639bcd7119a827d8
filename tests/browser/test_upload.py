"""A user's own table, and what the page says of bad input."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from playwright.sync_api import expect

from .board_page import BoardPage
from .server_process import Server

OWN = "Your own table…"
N_ROWS = 60
NASTY = """<b onclick="alert(1)">bold</b> "it's" & 😀 @{x} $y {z}"""


def _table() -> pd.DataFrame:
    rng = np.random.default_rng(0)
    size = rng.normal(size=N_ROWS)
    return pd.DataFrame(
        {
            "size": size,
            "color": rng.choice(["red", "green"], N_ROWS),
            "weight": np.where(rng.random(N_ROWS) < 0.1, np.nan, 2 * size),
            "price": 3 * size + rng.normal(scale=0.1, size=N_ROWS),
            "kind": np.where(size > 0, "large", "small"),
        }
    )


@pytest.fixture
def table(tmp_path: Path) -> Callable[..., Path]:
    """Return a function that writes a table as a file, with other columns where given."""

    def write(name: str, **columns: Any) -> Path:
        frame, path = _table().assign(**columns), tmp_path / name
        frame.to_parquet(path) if name.endswith("parquet") else frame.to_csv(path, index=False)
        return path

    return write


def _upload(board: BoardPage, path: Path) -> None:
    board.choose("Data", OWN)
    chosen = board.tab.locator("input[type=file]")
    chosen.wait_for(state="attached")
    chosen.set_input_files(path)


def test_a_csv_file_is_uploaded_and_tuned(
    board: BoardPage, server: Server, table: Callable[..., Path]
) -> None:
    _upload(board, table("fruit.csv"))
    expect(board.about).to_have_text("60 rows, 4 features, 2 classes")
    expect(board.title).to_have_text("fruit.csv · Random forest")
    assert board.selector("Target column").input_value() == "kind"
    board.choose("Model", "Logistic regression")
    expect(board.title).to_have_text("fruit.csv · Logistic regression")
    for label, number in (("Trials", 4), ("Folds", 2), ("Workers", 1)):
        board.fill(label, number)
    board.run()
    assert len(board.trials()) == 4
    assert all(row["state"] == "completed" for row in board.trials().values())
    assert server.studies()[0].settings["origin"]["dataset"] == "fruit.csv"


def test_a_parquet_file_is_uploaded_and_another_target_chosen(
    open_board: Callable[..., BoardPage], server: Server, table: Callable[..., Path]
) -> None:
    board = open_board()
    _upload(board, table("fruit.parquet"))
    expect(board.about).to_have_text("60 rows, 4 features, 2 classes")
    board.choose("Target column", "price")
    expect(board.about).to_contain_text("60 rows, 4 features, target from")
    expect(board.selector("Metric").locator("option").first).to_have_text("R²")
    for label, number in (("Trials", 3), ("Folds", 2), ("Workers", 1)):
        board.fill(label, number)
    board.run()
    study_id = server.studies()[0].id
    again = open_board(study_id)
    again.wait_for_trials(3)
    expect(again.title).to_have_text("fruit.parquet · Random forest")
    expect(again.selector("Target column")).to_have_value("price")


FILES = {
    "photo.png": (b"\x89PNG\r\n", "'photo.png' must be a CSV (.csv, .tsv, .txt) or Parquet"),
    "binary.csv": (b"a,b\n\x00\x01,2\n", "'binary.csv' must be text, as CSV is; it is binary."),
    "text.parquet": (b"a,b\n1,2\n", "'text.parquet' must be Parquet, as its ending says."),
    "empty.csv": (b"", "'empty.csv' must have content; it is empty."),
    "header.csv": (b"a,b\n", "'header.csv' must have rows below its header; it has none."),
    "uneven.csv": (b"a,b\n1,2\n1,2,3,4\n", "'uneven.csv' must be a regular CSV table"),
    "twice.csv": (b"a,a,b\n1,2,3\n", "'twice.csv' must name each column once; 'a' is there 2"),
}


def test_a_file_that_is_no_table_is_refused_in_one_sentence(
    board: BoardPage, server: Server, tmp_path: Path
) -> None:
    n_studies = len(server.studies())
    for name, (content, sentence) in FILES.items():
        path = tmp_path / name
        path.write_bytes(content)
        _upload(board, path)
        expect(board.sentence).to_contain_text(sentence)
        expect(board.sentence).to_have_class(re.compile("is-error"))
        expect(board.button("Start")).to_be_disabled()
        assert board.faults("cut") == []
    assert len(server.studies()) == n_studies
    board.choose("Data", "Wine")
    expect(board.sentence).to_have_text("Press Start to begin.")
    expect(board.button("Start")).to_be_enabled()


def test_a_file_over_the_limit_is_refused_before_it_is_sent(
    board: BoardPage, tmp_path: Path
) -> None:
    path = tmp_path / "huge.csv"
    with path.open("wb") as file:
        file.truncate(60_000_000)
    _upload(board, path)
    expect(board.tab.get_by_text("File is too large", exact=True)).to_be_visible()
    expect(board.tab.get_by_text("Maximum file size is 50 MB", exact=True)).to_be_visible()
    expect(board.button("Start")).to_be_disabled()


TARGETS = {
    "gaps": (
        [None] * 3 + list(range(N_ROWS - 3)),
        "Dataset.gaps must have a value in every row to be the target; 3 of 60 rows have none",
    ),
    "typo": (
        ["12.5x", *(index / 7 for index in range(N_ROWS - 1))],
        "Dataset.typo must have two rows or more of each class",
    ),
    "same": ([1] * N_ROWS, "Dataset.same must vary to be the target, not 1.0."),
}


def test_a_column_that_cannot_be_the_target_is_refused_by_name(
    board: BoardPage, table: Callable[..., Path]
) -> None:
    columns = {name: values for name, (values, _) in TARGETS.items()}
    _upload(board, table("fruit.csv", **columns))
    expect(board.selector("Target column")).to_be_visible()
    for name, (_, sentence) in TARGETS.items():
        board.choose("Target column", name)
        expect(board.sentence).to_contain_text(sentence)
        expect(board.button("Start")).to_be_disabled()
    board.choose("Target column", "kind")
    expect(board.sentence).to_have_text("Press Start to begin.")
    expect(board.button("Start")).to_be_enabled()


SETTINGS = [
    ("Trials", "0", "Study.n_trials must be a whole number of at least 1, not 0."),
    ("Trials", "-5", "Study.n_trials must be a whole number of at least 1, not -5."),
    ("Trials", "", "Study.n_trials must be a whole number of at least 1"),
    ("Workers", "0", "Study.n_workers must be a whole number of at least 1, not 0."),
    ("Folds", "1", "folds must be"),
    ("Folds", "", "folds must be"),
    ("Seed", "", "seed must be"),
    ("Folds", "60", "folds must be at most 48, the size of the smallest class (2), not 60."),
    ("Seed", "-1", "seed must be"),
]


def test_a_setting_that_breaks_a_rule_is_refused_and_can_be_mended(
    board: BoardPage, server: Server
) -> None:
    n_studies = len(server.studies())
    board.set_up("Wine", "Logistic regression")
    for label, text, sentence in SETTINGS:
        board.fill(label, text)
        expect(board.sentence).to_contain_text(sentence)
        expect(board.button("Start")).to_be_disabled()
        board.fill(label, "4")
        expect(board.sentence).to_have_text("Press Start to begin.")
        expect(board.button("Start")).to_be_enabled()
    assert len(server.studies()) == n_studies


RANGES = [
    ("low of svc__C", "5000", "Must have low < high, not (5000"),
    ("high of svc__C", "0.0001", "Must have low < high"),
    ("low of svc__C", "0", "low > 0"),
    ("low of svc__C", "much", "must be a number, not 'much'."),
    ("value of svc__C", "1e9", "Must be a real number in [0.001, 1000.0], not 1000000000.0."),
    ("value of svc__C", "nan", "must be a finite number, not 'nan'."),
]


def test_a_range_that_breaks_a_rule_is_refused_under_its_row(board: BoardPage) -> None:
    board.set_up("Wine", "Support vector machine")
    row = board.row("svc__C")
    refusal = row.locator(".refusal")
    for label, text, sentence in RANGES:
        before = board.field(label).input_value()
        board.fill(label, text)
        expect(refusal).to_contain_text(sentence)
        expect(board.field(label)).to_have_attribute("aria-invalid", "true")
        expect(board.field(label)).to_have_value(text)
        board.field(label).focus()
        board.field(label).press("Escape")
        expect(refusal).to_have_text("")
        expect(board.field(label)).to_have_value(before)


def test_an_emptied_list_of_choices_is_refused_under_its_row(board: BoardPage) -> None:
    board.set_up("Wine", "Support vector machine")
    board.tab.locator("summary").click()
    board.tab.get_by_role("checkbox", name="search svc__kernel").check()
    chips = board.row("svc__kernel").locator(".chip")
    for chip in chips.all():
        chip.click()
    expect(board.row("svc__kernel").locator(".refusal")).not_to_have_text("")
    expect(board.row("svc__kernel").locator(".refusal")).to_contain_text("choice")
    chips.first.click()
    expect(board.row("svc__kernel").locator(".refusal")).to_have_text("")


def test_log_scale_is_refused_for_a_range_from_zero(board: BoardPage) -> None:
    board.set_up("Wine", "Support vector machine")
    scale = board.tab.get_by_role("switch", name="log scale of svc__C")
    scale.click()
    board.fill("low of svc__C", "0")
    expect(board.row("svc__C").locator(".refusal")).to_have_text("")
    scale.click()
    expect(board.row("svc__C").locator(".refusal")).to_contain_text("low > 0")
    board.fill("low of svc__C", "0.1")
    expect(board.row("svc__C").locator(".refusal")).to_have_text("")
    expect(scale).to_have_attribute("aria-checked", "true")


def test_names_out_of_the_file_are_shown_as_text(
    board: BoardPage, tmp_path: Path, table: Callable[..., Path]
) -> None:
    dialogs: list[str] = []
    board.tab.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
    name = "<img src=x onerror=alert(2)> & '😀'.csv"
    path = table("plain.csv", **{NASTY: ["<i>yes</i>", "no 😀"] * (N_ROWS // 2)})
    _upload(board, path.rename(tmp_path / name))
    expect(board.selector("Target column")).to_have_value(NASTY)
    expect(board.title).to_have_text(f"{name} · Random forest")
    for label, number in (("Trials", 3), ("Folds", 2), ("Workers", 1)):
        board.fill(label, number)
    board.run()
    option = board.selector("Study").locator("option", has_text=name)
    expect(option).to_have_count(1)
    assert board.tab.evaluate("() => faults.elements('img[src=x], b[onclick]').length") == 0
    assert board.tab.get_by_text("yes", exact=True).count() == 0
    assert not dialogs
