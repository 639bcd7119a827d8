from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from ConfigSpace import ConfigurationSpace, Float
from tuneboard.engine.errors import DataError
from tuneboard.engine.interchange import import_smac
from tuneboard.engine.trial import TrialState

RECORDED = Path(__file__).parent / "recorded"
CONFIGS = {"1": {"x": 0.25, "k": "a"}, "2": {"x": 0.75, "k": "b"}}
VERSION_2 = [
    [1, None, 0, None, 2.0, 0.5, 0.4, 1, 100.0, 100.5, {}],
    [2, None, 0, None, 1.5, 0.5, 0.4, 1, 101.0, 101.5, {}],
    [2, None, 1, None, 9e9, 3.0, 0.4, 3, 102.0, 105.0, {}],
    [1, None, 1, None, 9e9, 3.0, 0.4, 0, 102.0, 105.0, {}],
]


def write(folder: Path, data: Any, configs: Any = CONFIGS) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "runhistory.json"
    path.write_text(json.dumps({"stats": {}, "data": data, "configs": configs}))
    return path


def test_a_run_of_version_2_is_read(tmp_path: Path) -> None:
    write(tmp_path, VERSION_2)

    data = import_smac(tmp_path)

    assert [one.score for one in data.trials] == [-2.0, -1.5, None]
    assert data.trials[2].state is TrialState.TIMED_OUT
    assert data.trials[2].error == "Ended with status 3 in SMAC."
    assert data.best_trial().config == {"x": 0.75, "k": "b"}
    assert (data.trials[0].started_at, data.trials[0].duration_s) == (100.0, 0.5)
    assert data.metric.shown(data.best_trial().score or 0) == 1.5


def test_runs_may_be_dicts_and_have_budgets_and_several_costs(tmp_path: Path) -> None:
    runs = [
        {"config_id": 1, "budget": 3.0, "cost": [1.0, 2.0], "status": 1},
        {"config_id": 2, "budget": 9.0, "cost": [3.0, 4.0], "status": 1},
    ]

    data = import_smac(write(tmp_path, runs))

    assert [one.fidelity for one in data.trials] == [3.0, None]
    assert data.trials[0].scores == (-1.0, -2.0)
    assert [one.name for one in data.settings.more_metrics] == ["cost 2"]


def test_a_run_of_version_1_is_read(tmp_path: Path) -> None:
    def status(word: str) -> dict[str, str]:
        return {"__enum__": f"StatusType.{word}"}

    runs = [
        [[1, None, 0, 0.0], [2.0, 0.5, status("SUCCESS"), 100.0, 100.5, {}]],
        [[2, None, 0, 0.0], [9.0, 0.5, status("MEMOUT"), 100.0, 100.5, {}]],
        [[2, None, 1, 0.0], [9.0, 0.5, status("RUNNING"), 100.0, 100.5, {}]],
    ]

    data = import_smac(write(tmp_path, runs))

    assert [one.state for one in data.trials] == [TrialState.COMPLETED, TrialState.OUT_OF_MEMORY]
    assert data.trials[0].fidelity is None


def test_the_space_beside_the_runs_gives_the_ranges(tmp_path: Path) -> None:
    space = ConfigurationSpace()
    space.add(Float("x", (0.0, 10.0)))
    space.to_json(tmp_path / "configspace.json")
    write(tmp_path, VERSION_2[:2], {"1": {"x": 0.25}, "2": {"x": 0.75}})

    assert import_smac(tmp_path).space["x"].high == 10.0
    (tmp_path / "configspace.json").write_text('{"of": "another time"}')
    assert import_smac(tmp_path).space["x"].high == 0.75


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", r"runhistory\.json' must be whole JSON"),
        ("[]", r"runhistory\.json must have an entry 'data' that is a list"),
        ('{"data": []}', r"runhistory\.json must have an entry 'configs' that is a dict"),
        ('{"data": [3], "configs": {}}', r"runhistory\.json, run 1, must be a list or a dict"),
        ('{"data": [{}], "configs": {}}', r"run 1, must have an entry 'config_id'"),
        (
            '{"data": [{"config_id": 5, "cost": 1, "status": 1}], "configs": {}}',
            r"run 1, config_id must be one of \[\], not 5",
        ),
        (
            '{"data": [{"config_id": 1, "cost": "low", "status": 1}], "configs": {"1": {"x": 1}}}',
            r"run 1, cost must be a number, not 'low'",
        ),
    ],
)
def test_a_bad_file_is_refused_with_the_name_of_the_entry(
    text: str, message: str, tmp_path: Path
) -> None:
    path = tmp_path / "runhistory.json"
    path.write_text(text)

    with pytest.raises(DataError, match=message):
        import_smac(path)


def test_what_smac_itself_has_written_is_read() -> None:
    """The files are recorded: see recorded/record.py."""
    data = import_smac(RECORDED / "smac")

    assert len(data.completed) == 8
    assert all(set(one.config) == {"x", "kind"} for one in data.trials)
    for one in data.trials:
        cost = one.config["x"] ** 2 + (one.config["kind"] == "b")
        assert one.score == pytest.approx(-cost)
    assert (data.space["x"].low, data.space["x"].high) == (-1.0, 1.0)
    assert data.space["kind"].choices == ("a", "b")
