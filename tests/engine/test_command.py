from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest
from tuneboard.engine.errors import ObjectiveError
from tuneboard.engine.job import Job
from tuneboard.engine.metric import Metric
from tuneboard.engine.objective import CommandObjective, run_objective
from tuneboard.engine.trial import TrialState


def python(code: str, *arguments: str, **options: Any) -> CommandObjective:
    return CommandObjective([sys.executable, "-c", code, *arguments], **options)


def test_the_last_line_of_json_is_the_result() -> None:
    code = "print('epoch 1'); print('{\"score\": 0.25}'); print('bye')"
    assert run_objective(python(code), {}).score == 0.25
    assert run_objective(python("print(3)"), {}).score == 3.0


def test_a_metric_is_found_by_its_name_and_turned_round() -> None:
    loss = Metric("loss", "loss", is_minimized=True)
    objective = python('print(\'{"loss": 2, "score": 9}\')', metric=loss)
    assert run_objective(objective, {}).score == -2.0


def test_places_are_filled_with_the_values() -> None:
    objective = CommandObjective(["train", "--lr={lr}", "{svc__C}", '{"a": 1}'])
    config = {"lr": 0.1, "svc__C": "{lr} x", "other": 1}
    assert objective.arguments(config) == ["train", "--lr=0.1", "{lr} x", '{"a": 1}']


def test_without_a_place_all_hyper_parameters_are_added() -> None:
    arguments = CommandObjective(["train"]).arguments({"lr": 0.1, "kernel": "rbf"})
    assert arguments == ["train", "--lr", "0.1", "--kernel", "rbf"]


def test_no_value_is_ever_read_by_a_shell(tmp_path: Path) -> None:
    evil = f"; touch {tmp_path / 'evil'} $(touch {tmp_path / 'evil'})"
    objective = python("import sys, json; print(json.dumps(len(sys.argv[1])))", "{x}")
    assert run_objective(objective, {"x": evil}).score == len(evil)
    assert not (tmp_path / "evil").exists()


def test_a_command_that_fails_keeps_its_code_and_its_last_lines() -> None:
    code = "import sys; print('epoch 1'); print('no GPU', file=sys.stderr); sys.exit(3)"
    result = run_objective(python(code), {})
    assert result.state is TrialState.FAILED
    assert result.error == "The command ended with code 3.\nepoch 1\nno GPU"
    assert result.details.log == "epoch 1\nno GPU"


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("pass", "CommandObjective.command must print its result as a line of JSON, not ''."),
        ("print('done')", "CommandObjective.command must print its result as a line of JSON"),
        ("print('NaN')", "Objective must return a finite number, not nan."),
        ("print('{\"loss\": 1}')", "Objective must return a finite number, not None."),
    ],
)
def test_a_command_without_a_result_fails_in_words(code: str, message: str) -> None:
    assert run_objective(python(code), {}).error.startswith(message)


def test_a_program_that_is_not_there_fails_in_words() -> None:
    error = run_objective(CommandObjective(["no-such-program"]), {}).error
    assert error.startswith("CommandObjective.command must name a program that can be started")


def test_a_place_without_a_value_fails_in_words() -> None:
    error = run_objective(CommandObjective(["train", "{lr}"]), {"depth": 1}).error
    assert "must name hyper-parameters of the configuration (depth), not 'lr'" in error


@pytest.mark.parametrize("command", ["train.py --lr {lr}", [], [1], None])
def test_what_is_no_list_of_texts_is_refused(command: Any) -> None:
    with pytest.raises(ObjectiveError, match=r"CommandObjective.command must be a list of texts"):
        CommandObjective(command)


def test_fidelity_and_checkpoint_are_told_by_the_environment(tmp_path: Path) -> None:
    code = (
        "import os, json; print(json.dumps(float(os.environ['TUNEBOARD_FIDELITY'])));"
        "open(os.environ['TUNEBOARD_CHECKPOINT'] + '/state', 'w').close()"
    )
    job = Job(4, {}, fidelity=9, resource="epochs", folder=str(tmp_path / "4"))
    assert run_objective(python(code), job).score == 9.0
    assert (tmp_path / "4" / "state").exists()


def test_the_command_runs_in_the_folder_that_is_given(tmp_path: Path) -> None:
    (tmp_path / "score.json").write_text(json.dumps(0.5))
    objective = python("print(open('score.json').read())", folder=tmp_path)
    assert run_objective(objective, {}).score == 0.5
