"""Dates as people write them: 2026, 2026-10, 2026-10-03, 7d, today, yesterday."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from .errors import QueryError

_AGO = {"h": 1, "d": 24, "w": 7 * 24}
_DATE = re.compile(r"(\d{4})(?:-(\d{1,2}))?(?:-(\d{1,2}))?")
_RULE = "be a date such as 2026-10, 2026-10-03, 7d, 3h, today or yesterday"


def moment_of(text: str, now: float, owner: str) -> tuple[float, float]:
    """Return the start and the end of a stretch of time, in seconds since the epoch.

    Parameters
    ----------
    text : str
        A year, month or day in local time, or how long ago.
    now : float
        The moment that counts as now.
    owner : str
        What the text belongs to, for messages.

    Raises
    ------
    QueryError
        It is no date.
    """
    today = datetime.fromtimestamp(now).replace(hour=0, minute=0, second=0, microsecond=0)
    days = {"today": 0, "yesterday": 1}
    if text.lower() in days:
        start = today - timedelta(days=days[text.lower()])
        return start.timestamp(), (start + timedelta(days=1)).timestamp()
    ago = re.fullmatch(r"(\d{1,5})([hdw])", text.lower())
    if ago:
        return now - int(ago[1]) * _AGO[ago[2]] * 3600, now
    found = _DATE.fullmatch(text)
    if found is None:
        raise QueryError.must(owner, _RULE, text, "Write it like that.")
    year, month, day = (None if part is None else int(part) for part in found.groups())
    try:
        start = datetime(year or 1, month or 1, day or 1)
        return start.timestamp(), _end(start, month, day).timestamp()
    except (ValueError, OverflowError, OSError) as error:
        raise QueryError.must(owner, _RULE, text, f"There is no such day ({error}).") from None


def _end(start: datetime, month: int | None, day: int | None) -> datetime:
    if day is not None:
        return start + timedelta(days=1)
    if month is not None and month < 12:
        return start.replace(month=month + 1)
    return start.replace(year=start.year + 1, month=1)
