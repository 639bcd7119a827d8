"""Seconds to encode 100,000 configurations of 20 mixed hyper-parameters as points, and back."""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from typing import Any

import numpy as np
from tuneboard.engine.encoding import Encoding
from tuneboard.engine.hyper_parameter import HyperParameter, SpaceVersion

N_CONFIGS = 100_000
N_PEER = 2_000


def space(is_conditional: bool) -> SpaceVersion:
    """Return five of each kind; where conditional, four of them depend on a choice."""
    found = []
    for number in range(5):
        condition = f"choice{number} != 'a'" if is_conditional and number < 4 else ""
        found += [
            HyperParameter(f"real{number}", "real", 0.5, 0.0, 1.0),
            HyperParameter(f"log{number}", "real", 0.5, 1e-4, 1.0, log=True, active_when=condition),
            HyperParameter(f"int{number}", "int", 5, 1, 100, log=number % 2 == 0),
            HyperParameter(f"choice{number}", "choice", "a", choices=("a", "b", "c")),
        ]
    return SpaceVersion(1, tuple(found))


def seconds(work: Callable[[], Any], n_runs: int) -> float:
    """Return the median time of some work."""
    times = []
    for _ in range(n_runs):
        began = time.perf_counter()
        work()
        times.append(time.perf_counter() - began)
    return sorted(times)[n_runs // 2]


def peer_seconds(version: SpaceVersion, configs: list[dict[str, Any]], n_runs: int) -> float:
    """Return what ConfigSpace takes for as many configurations, timed on fewer of them."""
    from ConfigSpace import Configuration
    from tuneboard.engine.conversion import to_configspace

    theirs = to_configspace(version)

    def encode() -> list[Any]:
        return [Configuration(theirs, values=config).get_array() for config in configs[:N_PEER]]

    return seconds(encode, n_runs) * N_CONFIGS / N_PEER


def main() -> None:
    """Print one table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5, help="runs of each, the median counts")
    n_runs = parser.parse_args().runs
    points = np.random.default_rng(0).random((N_CONFIGS, 20))
    print(f"{'seconds':<16}{'encode':>10}{'decode':>10}{'ConfigSpace':>14}{'ratio':>8}")
    for label, is_conditional in (("plain", False), ("conditional", True)):
        version = space(is_conditional)
        encoding = Encoding(version)
        configs = encoding.decode(points)
        there = seconds(lambda: encoding.encode(configs), n_runs)  # noqa: B023 (called at once)
        back = seconds(lambda: encoding.decode(points), n_runs)  # noqa: B023
        peer = peer_seconds(version, configs, n_runs)
        print(f"{label:<16}{there:>10.2f}{back:>10.2f}{peer:>14.1f}{peer / there:>7.0f}x")


if __name__ == "__main__":
    main()
