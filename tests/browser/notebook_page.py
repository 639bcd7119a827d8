"""A notebook in JupyterLab or Notebook 7 as a person sees it, with the board beside its cells."""

from __future__ import annotations

import re
from contextlib import suppress
from typing import Any

from playwright.sync_api import Locator, Page, expect

_SLOW_MS = 90_000
_BEGUN = re.compile(r"\[(\d+|\*)\]:")
_DONE = re.compile(r"\[\d+\]:")


class NotebookPage:
    """One notebook in one tab.

    Parameters
    ----------
    tab : Page
        The tab, before the notebook is opened in it.
    """

    def __init__(self, tab: Page) -> None:
        self.tab = tab

    def open(self, url: str) -> NotebookPage:
        """Open a notebook and wait for its kernel."""
        self.tab.goto(url, timeout=_SLOW_MS)
        expect(self.cell(0)).to_be_visible(timeout=_SLOW_MS)
        idle = self.tab.locator(".jp-Notebook-ExecutionIndicator[data-status='idle']")
        expect(idle.first).to_be_visible(timeout=_SLOW_MS)
        return self

    def cell(self, number: int) -> Locator:
        """Return the editor of a cell, from 0."""
        return self._cell(number).locator(".cm-content")

    def output(self, number: int) -> Locator:
        """Return what is below a cell."""
        return self._cell(number).locator(".jp-Cell-outputArea")

    def _cell(self, number: int) -> Locator:
        # Of the notebook in front: JupyterLab keeps those of earlier visits in tabs behind it.
        return self.tab.locator(".jp-NotebookPanel:visible .jp-Cell").nth(number)

    def run(self, number: int) -> None:
        """Run a cell and wait until it has finished."""
        prompt = self._cell(number).locator(".jp-InputPrompt")
        # What is run before the notebook has its session is dropped without a word, at times
        # after it seemed to have begun.
        for _ in range(10):
            self.cell(number).click()
            self.tab.keyboard.press("Control+Enter")
            with suppress(AssertionError):
                expect(prompt.first).to_have_text(_BEGUN, timeout=3000)
                expect(prompt.first).not_to_have_text("[*]:", timeout=_SLOW_MS)
                expect(prompt.first).to_have_text(_DONE, timeout=1000)
                return
        expect(prompt.first).to_have_text(_DONE, timeout=_SLOW_MS)

    def rewrite(self, number: int, text: str) -> None:
        """Put another text into a cell, as if pasted."""
        self.cell(number).click()
        self.tab.keyboard.press("Control+A")
        self.tab.keyboard.insert_text(text)

    def undo(self, number: int) -> None:
        """Press Ctrl+Z in a cell."""
        self.cell(number).click()
        self.tab.keyboard.press("Control+z")

    def save(self) -> None:
        """Press Ctrl+S."""
        self.cell(0).click()
        self.tab.keyboard.press("Control+s")

    def open_board(self) -> None:
        """Press the button of the toolbar."""
        self.tab.get_by_role("button", name="Tuning board", exact=True).click()

    # The board beside the cells.

    @property
    def side(self) -> Locator:
        """The place beside the cells."""
        return self.tab.locator(".tuneboard-board")

    @property
    def notice(self) -> Locator:
        """What is said there in place of a board."""
        return self.tab.locator(".tuneboard-notice")

    def said(self, words: str) -> Locator:
        """Return what the board says."""
        return self.side.get_by_text(words).first

    def wait_for(self, words: str) -> None:
        """Wait until the board says something."""
        expect(self.said(words)).to_be_visible(timeout=_SLOW_MS)

    def press(self, name: str) -> None:
        """Click a button of the board."""
        self.side.get_by_role("button", name=name, exact=True).click()

    def field(self, label: str) -> Locator:
        """Return an input of the board."""
        return self.side.get_by_role("textbox", name=label, exact=True)

    def fill(self, label: str, text: Any) -> None:
        """Type into an input of the board."""
        self.field(label).fill(str(text))
        self.field(label).press("Enter")

    def restart_kernel(self) -> None:
        """Restart the kernel by the button of the toolbar."""
        self.cell(0).click()
        self.tab.locator(".jp-NotebookPanel-toolbar [data-command='notebook:restart-kernel']").or_(
            self.tab.locator("[data-jp-item-name='restart']")
        ).first.click()
        self.tab.locator(".jp-Dialog .jp-mod-accept").click()
