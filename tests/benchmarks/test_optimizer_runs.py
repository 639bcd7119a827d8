"""Runs of the comparison: the loop, peers in processes of their own, results, the report."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import catalogue
import engines
import loop
import numpy as np
import pytest
import report
import results
from peer_process import PEERS, PeerEngine, PeerError
from results import Run
from tuneboard.engine.errors import SpaceExhaustedError

PROBLEMS = catalogue.problems()


def a_run(engine: str = "random", value: float = 0.2, **changes: Any) -> Run:
    run = Run(engine, "mixed_8", 1, 64, [1, 5], [0.4, value], 64, 0.1)
    return replace(run, **changes)


def test_a_run_tells_the_incumbent_after_each_evaluation() -> None:
    run = loop.run("random", PROBLEMS["mixed_8"], 1, 40)

    assert not run.error
    assert (run.at[0], run.n_done) == (1, 40)
    assert run.at == sorted(run.at)
    assert run.value == sorted(run.value, reverse=True)
    assert run.incumbent(run.at[1] - 1) == run.value[0]
    assert run.incumbent(40) == run.value[-1]
    assert run.incumbent(41) is None


def test_the_same_seed_is_the_same_run() -> None:
    first, again, other = (loop.run("random", PROBLEMS["noisy_6"], seed, 20) for seed in (1, 1, 2))

    assert first.value == again.value != other.value


def test_the_incumbent_is_chosen_by_what_was_told_and_counted_without_noise() -> None:
    problem = PROBLEMS["noisy_6"]
    run = loop.run("random", problem, 1, 60)
    engine = engines.start("random", problem, 1, 60)
    pairs = []
    for done in range(60):
        config = engine.ask()
        pairs.append(problem.evaluate(config, np.random.default_rng([1, done])))
        engine.tell(config, pairs[-1][0])

    assert run.value[-1] == pytest.approx(min(pairs)[1])


def test_an_engine_with_nothing_more_to_propose_keeps_its_incumbent(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ask = engines.OwnEngine.ask

    def ask_ten(self: engines.OwnEngine) -> Any:
        if self._n_asked == 10:
            raise SpaceExhaustedError("All have been tried.", name="ask", value=11)
        return ask(self)

    monkeypatch.setattr(engines.OwnEngine, "ask", ask_ten)
    run = loop.run("random", PROBLEMS["mixed_8"], 1, 30)

    assert (run.n_done, run.error) == (10, "")
    assert run.incumbent(30) == run.incumbent(10)


def test_a_failure_is_kept_with_its_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    def start(*_arguments: Any) -> None:
        raise PeerError("It ended with code 1.")

    monkeypatch.setattr(loop, "start", start)

    assert loop.run("smac3", PROBLEMS["mixed_8"], 1, 30).error == "PeerError: It ended with code 1."


def test_a_peer_searches_the_same_space_from_its_own_process() -> None:
    pytest.importorskip("optuna")
    problem = PROBLEMS["conditional_14"]
    engine = engines.start("optuna_tpe", problem, 1, 12)
    for _ in range(12):
        config = engine.ask()
        assert problem.space.contains(config)
        engine.tell(config, 0.5)

    assert engine.cpu_s > 0
    assert engines.settings_of(engine).startswith("optuna ")
    engine.close()


def test_one_process_of_a_peer_serves_one_run_after_the_other() -> None:
    pytest.importorskip("optuna")
    first, other, again = (loop.run("optuna_random", PROBLEMS["mixed_8"], s, 8) for s in (1, 2, 1))
    process = PeerEngine._idle
    loop.run("optuna_random", PROBLEMS["few_of_20"], 1, 8)

    assert first.value == again.value != other.value
    assert PeerEngine._idle is process is not None


def test_what_a_peer_says_went_wrong_is_told() -> None:
    pytest.importorskip("optuna")
    engine = engines.start("optuna_random", PROBLEMS["mixed_8"], 1, 12)

    with pytest.raises(PeerError, match="AttributeError: .* no attribute 'trial'"):
        engine.tell({}, 0.5)
    engine.close()
    assert PeerEngine._idle is None


def test_finished_runs_are_skipped_and_failed_or_shorter_ones_are_not() -> None:
    problems = [PROBLEMS["mixed_8"]]
    finished = [
        a_run(),
        a_run(seed=2, error="It broke."),
        a_run(seed=3, n_evaluations=32),
    ]
    todo = loop.jobs(["random"], problems, range(1, 5), 64, {run.key: run for run in finished})

    assert todo == [("random", "mixed_8", seed, 64) for seed in (2, 3, 4)]


def test_slow_peers_stop_at_64_evaluations() -> None:
    (job,) = loop.jobs(["hebo"], [PROBLEMS["mixed_8"]], [1], 128, {})

    assert job == ("hebo", "mixed_8", 1, 64)


def test_a_line_that_was_cut_off_is_no_result(tmp_path: Path) -> None:
    path = tmp_path / "results.jsonl"
    results.append(path, a_run())
    results.append(path, a_run(seed=2))
    path.write_text(path.read_text("utf-8")[:-20], "utf-8")

    assert list(results.read(path).values()) == [a_run()]


def test_results_that_are_kept_are_read_with_newer_ones_on_top(tmp_path: Path) -> None:
    kept, growing = tmp_path / "kept.jsonl.gz", tmp_path / "growing.jsonl"
    results.keep(kept, [a_run("b"), a_run("a")])
    results.append(growing, a_run("a", value=0.1))
    results.append(growing, a_run("b", value=0.1, error="It broke."))
    found = results.read(kept, growing)

    assert found[a_run("a").key] == a_run("a", value=0.1)
    assert found[a_run("b").key] == a_run("b")


def test_results_of_an_engine_can_be_forgotten(tmp_path: Path) -> None:
    kept, growing = tmp_path / "kept.jsonl.gz", tmp_path / "growing.jsonl"
    results.keep(kept, [a_run("a"), a_run("b")])
    results.append(growing, a_run("b", seed=2))
    for path in (kept, growing, tmp_path / "none.jsonl"):
        results.forget(path, ["b"])

    assert list(results.read(kept, growing).values()) == [a_run("a")]


def test_the_committed_results_fit_the_problems() -> None:
    runs = results.read(results.KEPT).values()

    assert {run.problem for run in runs} <= set(PROBLEMS)
    assert results.KEPT.stat().st_size < 1_000_000
    for run in runs:
        best = PROBLEMS[run.problem].best
        assert all(value >= best - 1e-6 * abs(best) for value in run.value)


def test_the_report_puts_the_lowest_regret_first() -> None:
    runs = [a_run("random", 0.3), a_run("sequential", 0.1), a_run("grid", 0.2)]
    titles, *rows = report.table(runs)

    assert titles[:5] == ["engine", "16", "32", "64", "128"]
    assert [row[0] for row in rows] == ["sequential", "grid", "random"]
    assert [row[5] for row in rows] == ["1.0", "2.0", "3.0"]
    assert [row[6] for row in rows] == ["1 of 1", "1 of 1", ""]
    assert {row[4] for row in rows} == {""}


def test_the_mean_counts_each_problem_alike_and_lies_in_its_interval() -> None:
    found = {"a": [0.0, 0.0, 0.0], "b": [1.0], "c": [0.4, 0.6]}
    low, high = report.interval(found, np.random.default_rng(0))

    assert report.mean(found) == pytest.approx(0.5)
    assert 0 <= low < 0.5 < high <= 1


def test_the_report_has_the_halves_and_says_what_failed() -> None:
    text = report.report([a_run(), a_run("smac3", error="PeerError: It ended.")])

    assert "All problems" in text
    assert "Design half" in text
    assert "Report half" not in text
    assert "smac3 failed on 1 runs (mixed_8 seed 1 ...): PeerError: It ended." in text


def test_the_report_leaves_out_engines_that_have_not_run_on_all_problems() -> None:
    text = report.report([a_run(), a_run("grid"), a_run(problem="noisy_6")])

    assert "Left out, as they have not run on all problems yet: grid (1)." in text
    assert "\ngrid" not in text
    assert "1.0" in text


def test_the_table_is_written_between_the_marks_of_a_page(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("Above\n<!-- results -->\nold\n<!-- end of results -->\nBelow\n", "utf-8")
    report.write_into(page, "new")

    assert page.read_text("utf-8") == (
        "Above\n<!-- results -->\n\nnew\n\n<!-- end of results -->\nBelow\n"
    )
    page.write_text("Above", "utf-8")
    with pytest.raises(SystemExit, match="page.md has no marks for the results."):
        report.write_into(page, "new")


def test_engines_are_named_alone_or_as_a_group() -> None:
    assert engines.engine_names("random,grid") == ["random", "grid"]
    assert "sequential" in engines.engine_names("own")
    assert set(engines.engine_names("peers")) <= set(PEERS)
    with pytest.raises(
        SystemExit, match="The engine randomly is not known. There are .*sequential"
    ):
        engines.engine_names("randomly")


def test_a_line_of_results_is_plain_json(tmp_path: Path) -> None:
    path = tmp_path / "results.jsonl"
    results.append(path, a_run())

    assert json.loads(path.read_text("utf-8"))["engine"] == "random"
