"""What one part of the page brings the next part may be about: no change overtakes another."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, expect

from .server_process import Server


@pytest.fixture
def page(tmp_path: Path) -> Iterator[Server]:
    one = Server(tmp_path, app=Path(__file__).with_name("overtaking_page.py"))
    try:
        one.start()
        yield one
    finally:
        one.close()


@pytest.mark.parametrize(
    ("button", "answer"),
    [("One", "sent directly, then held"), ("Other", "held, then sent directly")],
)
def test_no_change_overtakes_the_one_that_brings_its_model(
    page: Server, context: BrowserContext, button: str, answer: str
) -> None:
    tab = context.new_page()
    tab.goto(page.url)
    tab.get_by_role("button", name=button, exact=True).click()
    expect(tab.get_by_text(answer)).to_be_visible()
    assert page.tracebacks() == []
