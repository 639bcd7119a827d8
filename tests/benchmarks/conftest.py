"""The comparison of optimizers is scripts, not a package: they import each other by name."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).parents[2] / "benchmarks" / "optimizers"))


@pytest.fixture(autouse=True)
def _no_peer_is_left_running() -> Iterator[None]:
    from peer_process import PeerEngine

    yield
    PeerEngine.end_idle()
