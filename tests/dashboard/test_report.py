"""The report as text: complete, safe, and without any other machine."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from sklearn.datasets import load_wine
from sklearn.svm import SVC
from tuneboard.dashboard.report import export_report, report_html
from tuneboard.engine.errors import DataError
from tuneboard.engine.executors import InProcess
from tuneboard.engine.history import History
from tuneboard.engine.study import Study

EVIL = "<script>alert('1')</script> \"&\" 🙂"


def score(config: dict[str, Any]) -> float:
    if config["kind"] == EVIL and config["x"] > 0.7:
        raise ValueError(EVIL)
    return -abs(float(config["x"]) - 0.3)


@pytest.fixture
def study(tmp_path: Path) -> Study:
    """Return a study in which every text that a user can type tries to be markup."""
    made = Study(
        score,
        space={"x": (0.0, 1.0), "kind": [EVIL, "plain"]},
        n_trials=40,
        optimizer="random",
        name=EVIL,
        history=History(tmp_path / "history.db"),
        code=f"model = 1  # {EVIL}",
        code_name=EVIL,
    ).run(InProcess(), show_progress=False)
    made.mark(3, is_starred=True, tags=[EVIL], note=EVIL)
    made.mark(note=EVIL)
    made.space.edit("x", high=0.5)
    return made


class Tags(HTMLParser):
    """Counts tags, and keeps the text outside of scripts and styles."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.counts: dict[str, int] = {}
        self.text = ""
        self._within = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.counts[tag] = self.counts.get(tag, 0) + 1
        self._within = tag

    def handle_endtag(self, tag: str) -> None:
        self._within = ""

    def handle_data(self, data: str) -> None:
        if self._within not in ("script", "style"):
            self.text += data


def test_what_a_user_has_typed_is_text_and_never_markup(study: Study, tmp_path: Path) -> None:
    evil = Tags(study.report(tmp_path / "report.html").read_text(encoding="utf-8"))
    plain = Study(score, space={"x": (0.0, 1.0), "kind": ["a", "b"]}, n_trials=5, history=False)
    tame = Tags(report_html(plain.run(InProcess(), show_progress=False).data()))

    assert evil.counts["script"] == tame.counts["script"]
    assert evil.text.count("alert('1')") >= 6
    for place in ("trial 3: starred", "x high: 1.0 → 0.5", "Started from <script>"):
        assert place in evil.text


def test_the_report_names_no_other_machine(study: Study) -> None:
    html = report_html(study.data(), actions=study.actions(), marks=study.marks())
    tags = re.sub(r"<script>.*?</script>", "", html, flags=re.DOTALL)

    assert "default-src 'none'" in html
    assert not re.findall(r"(?:src|href)=|url\(|@import|https?://", tags)


def test_the_report_says_what_came_out_how_and_with_what(tmp_path: Path) -> None:
    X, y = load_wine(return_X_y=True)
    given: dict[str, Any] = {"n_trials": 6, "folds": 2, "optimizer": "random", "name": "wine"}
    study = Study(SVC(), X, y, history=tmp_path / "h.db", **given)
    study.run(InProcess(), show_progress=False)
    text = Tags(report_html(study.data())).text
    best = study.best_trial

    assert f"6 trials · best accuracy {best.score:.5g} in trial {best.number}" in text
    for words in ("SVC", "data: hash", "versions: scikit-learn", "random", "SVC()", "gamma"):
        assert words in text
    assert f"Trial {best.number}, rebuilt" in text


def test_a_study_without_trials_or_with_failures_only_has_a_report_too() -> None:
    def fail(config: dict[str, Any]) -> float:
        raise ValueError("no luck")

    empty = Study(score, space={"x": (0.0, 1.0)}, n_trials=3, history=False)
    failed = Study(fail, space={"x": (0.0, 1.0)}, n_trials=3, history=False)
    failed.run(InProcess(), show_progress=False)

    assert "No trials yet" in Tags(report_html(empty.data())).text
    assert "All 3 trials failed." in Tags(report_html(failed.data())).text


def test_all_hyper_parameters_are_drawn_also_those_beyond_one_page() -> None:
    space = {f"x{place}": (0.0, 1.0) for place in range(15)}
    made = Study(lambda config: config["x3"], space=space, n_trials=20, history=False)
    html = report_html(made.run(InProcess(), show_progress=False).data(), is_dark=True)

    grid = html.partition("<div class='grid'>")[2].partition("<section>")[0]
    assert grid.count("data-root-id") == 15
    assert "color-scheme:dark" in html


def test_a_place_that_cannot_be_written_is_said(study: Study) -> None:
    with pytest.raises(DataError, match=r"cannot be written to /no/where.html: No such file"):
        export_report(study.data(), "/no/where.html")
