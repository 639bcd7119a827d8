"""The examples in the docstrings do what they say."""

from __future__ import annotations

import doctest
import importlib
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FOLDERS = {
    "engine": "tuneboard.engine",
    "dashboard": "tuneboard.dashboard",
    "src/tuneboard": "tuneboard",
}
EXAMPLE = re.compile(r">>> (?!.*doctest: \+SKIP)")


def modules_with_examples() -> list[str]:
    found = []
    for folder, package in FOLDERS.items():
        for file in sorted((ROOT / folder).rglob("*.py")):
            if EXAMPLE.search(file.read_text(encoding="utf-8")):
                parts = file.relative_to(ROOT / folder).with_suffix("").parts
                found.append(".".join([package, *parts]).removesuffix(".__init__"))
    return found


@pytest.mark.parametrize("name", modules_with_examples())
def test_the_examples_of_the_module_hold(name: str) -> None:
    outcome = doctest.testmod(importlib.import_module(name), optionflags=doctest.ELLIPSIS)

    assert outcome.attempted
    assert not outcome.failed
