"""A study, or one configuration of it, as a notebook that runs by itself."""

from __future__ import annotations

import html
import json
from pathlib import Path
from typing import Any

from ..study_data import StudyData
from .script import script_parts


def export_notebook(
    data: StudyData,
    path: str | Path,
    *,
    trial: int | None = None,
    setup: str = "",
    folder: str | Path = "",
) -> Path:
    """Write a notebook (format 4.5) that does what the script of `export_script` does.

    Parameters and errors are those of `export_script`.
    """
    parts = script_parts(data, trial=trial, setup=setup, folder=folder)
    what = "Study" if trial is None else f"Trial {trial} of study"
    # A study's name is the user's text: in Markdown it must stay text.
    cells = [_cell(0, "markdown", f"# {what} {_escaped(data.name)}")]
    for title, code in parts:
        cells.append(_cell(len(cells), "markdown", f"## {title}"))
        cells.append(_cell(len(cells), "code", code))
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    book = {
        "cells": cells,
        "metadata": {"kernelspec": kernel, "language_info": {"name": "python"}},
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    path = Path(path)
    path.write_text(json.dumps(book, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return path


def _cell(place: int, kind: str, text: str) -> dict[str, Any]:
    cell: dict[str, Any] = {
        "cell_type": kind,
        "id": f"cell-{place}",
        "metadata": {},
        "source": text.splitlines(keepends=True),
    }
    return {**cell, "execution_count": None, "outputs": []} if kind == "code" else cell


def _escaped(text: str) -> str:
    escaped = html.escape(text.replace("\n", " "))
    return "".join(f"\\{one}" if one in "\\`*_{}[]()#+!|" else one for one in escaped)
