"""How the whole suite runs: the order of the tests and the property tests' effort."""

from __future__ import annotations

import os

import pytest
from hypothesis import HealthCheck, settings

# A busy machine says nothing about the code: no deadlines.
_CALM = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow]}
settings.register_profile("default", **_CALM)
settings.register_profile("ci", **_CALM, derandomize=True)
settings.register_profile("nightly", **_CALM, max_examples=2_000)
_PROFILE = "ci" if "CI" in os.environ else "default"
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", _PROFILE))

_LAST = ("notebook", "browser")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the slow tests last; Playwright also keeps an event loop that nbclient cannot share."""

    def place(item: pytest.Item) -> int:
        marks = [number for number, name in enumerate(_LAST, 1) if item.get_closest_marker(name)]
        return max(marks, default=0)

    items.sort(key=place)
