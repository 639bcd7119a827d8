"""Text in the page is text, whatever stands in it."""

from __future__ import annotations

from html import unescape
from pathlib import Path

import pytest
from tuneboard.dashboard.plain_text import PlainText

from tuneboard import dashboard

EVIL = "<img src=x onerror=alert(1)> &amp; \"'🙂"


@pytest.mark.parametrize("text", ["", EVIL, "two\nlines"])
def test_what_the_browser_gets_reads_as_the_text(text: str) -> None:
    sent = PlainText(text).get_root().text

    # The page takes the entities for HTML; that HTML has no element but the frame.
    html = unescape(sent)
    assert html.count("<") == 2
    assert unescape(html.removeprefix("<pre>").removesuffix("</pre>")).strip() == text


def test_no_part_of_the_page_has_text_that_could_be_markup() -> None:
    folder = Path(next(iter(dashboard.__path__)))
    using = [one.name for one in folder.rglob("*.py") if "pane.Str" in one.read_text("utf-8")]

    assert using == ["plain_text.py"]
