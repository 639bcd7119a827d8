from __future__ import annotations

import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest
from tuneboard.engine.progress import Progress
from tuneboard.engine.progress_bar import bar_of, place

SCRIPT = """
from tuneboard.engine import Real, SearchSpace
from tuneboard.engine.executors import InProcess
from tuneboard.engine.study import Study
class Space(SearchSpace):
    x = Real(0.0, bounds=(-1.0, 1.0))
Study(lambda c: c["x"], space=Space(), n_trials=7, history=False, name="[bowl]").run(InProcess())
"""


def test_a_script_in_a_terminal_shows_a_bar_with_counts_and_best(tmp_path: Path) -> None:
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-c", SCRIPT],
        stderr=theirs,
        env={**os.environ, "COLUMNS": "120", "TERM": "xterm"},
    ) as process:
        os.close(theirs)
        shown = b""
        try:
            while part := os.read(ours, 4096):
                shown += part
        except OSError:  # the other end is closed
            pass
        assert process.wait(60) == 0
    os.close(ours)
    text = shown.decode()
    assert "[bowl]" in text
    assert "7/7" in text
    assert "7 done, best " in text


def test_a_script_without_a_terminal_shows_none() -> None:
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=True, timeout=60
    )
    assert (done.stdout, done.stderr) == ("", "")


def test_a_notebook_gets_a_bar_of_its_own(capsys: pytest.CaptureFixture[str]) -> None:
    with bar_of("bowl", lambda: Progress(3, 7, 1, None, None), "notebook"):
        pass
    shown = capsys.readouterr().err
    assert "bowl" in shown
    assert "3/7" in shown
    assert "2 done, 1 failed" in shown


def test_no_bar_is_shown_where_nobody_would_see_it() -> None:
    assert place() == ""
    with bar_of("bowl", lambda: Progress(3, 7, 1, None, None), ""):
        pass
