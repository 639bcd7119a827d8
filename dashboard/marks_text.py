"""What the user has said of a trial, in one line of the table."""

from __future__ import annotations

from ..engine.marks import Marks

MAX_CHARACTERS = 120


def marks_words(marks: Marks) -> str:
    """Return the same in full, with the note as it was written."""
    words = ["★"] if marks.is_starred else []
    words += [f"#{tag}" for tag in marks.tags]
    words += ["excluded"] * marks.is_excluded + [marks.note] * bool(marks.note)
    return " ".join(words)


def marks_text(marks: Marks) -> str:
    """Return star, tags and note: ``★ #churn excluded: too slow``; empty without any."""
    text = " ".join(marks_words(marks).split())
    return text if len(text) <= MAX_CHARACTERS else f"{text[: MAX_CHARACTERS - 1]}…"
