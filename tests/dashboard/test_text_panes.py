"""Text in the page is text, whatever stands in it."""

from __future__ import annotations

from html import unescape
from pathlib import Path

import pytest
from bokeh.document import Document
from bokeh.models import ImportedStyleSheet
from pyviz_comms import Comm
from tuneboard.dashboard.text_panes import Markup, PlainText

from tuneboard import dashboard

EVIL = "<img src=x onerror=alert(1)> &amp; \"'🙂"


@pytest.mark.parametrize("text", ["", EVIL, "two\nlines"])
def test_what_the_browser_gets_reads_as_the_text(text: str) -> None:
    sent = PlainText(text).get_root().text

    # The page takes the entities for HTML; that HTML has no element but the frame.
    html = unescape(sent)
    assert html.count("<") == 2
    assert unescape(html.removeprefix("<pre>").removesuffix("</pre>")).strip() == text


@pytest.mark.parametrize("kind", [Markup, PlainText])
def test_a_new_text_brings_no_style_sheets(kind: type[Markup | PlainText]) -> None:
    pane = kind("before")
    document = Document()
    root = pane.get_root(document, Comm())
    document.add_root(root)
    sheets = [one.id for one in root.stylesheets if isinstance(one, ImportedStyleSheet)]

    pane.object = "after"

    assert "after" in root.text
    assert sheets == [one.id for one in root.stylesheets if isinstance(one, ImportedStyleSheet)]
    assert sheets


def test_every_text_of_the_page_is_in_such_a_pane() -> None:
    folder = Path(next(iter(dashboard.__path__)))
    texts = {one.name: one.read_text("utf-8") for one in folder.rglob("*.py")}

    using = [name for name, text in texts.items() if "pane.Str" in text or "pane.HTML" in text]

    assert using == ["text_panes.py"]
