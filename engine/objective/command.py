"""A command line as an objective: a training script in any language."""

from __future__ import annotations

import json
import os
import re
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, Any

from ..details import Details
from ..errors import ObjectiveError
from ..metric import SCORE, Metric
from ..trial import Config, Result
from ..trial_run import TrialRun, as_run
from .base import as_score

N_LOG_LINES = 40
N_LOG_CHARACTERS = 8_000
OWNER = "CommandObjective"
_PLACE = re.compile(r"\{(\w+)\}")


class CommandObjective:
    """Runs a command for each trial and reads its result from what it prints.

    The command is started without a shell, so that no value of a hyper-parameter can be taken
    for anything else. Its last printed line that is JSON is the result: a number, or an object
    with the number under the metric's name or ``"score"``. Other numbers of the object are
    not kept. Fidelity and checkpoint folder are in the environment variables
    ``TUNEBOARD_FIDELITY`` and ``TUNEBOARD_CHECKPOINT``, the trial's number in
    ``TUNEBOARD_TRIAL``. What ran is ended with the trial.

    Parameters
    ----------
    command : sequence of str
        The program and its arguments. ``{lr}`` stands for the value of hyper-parameter ``lr``;
        without any such place, all hyper-parameters are added as ``--name value``.
    metric : Metric
        What the number means.
    folder : str or Path, optional
        Where the command runs; the current directory by default.

    Raises
    ------
    ObjectiveError
        `command` is no list of texts, or is empty.

    Examples
    --------
    >>> import sys
    >>> code = "import sys; print(float(sys.argv[2]) * 2)"
    >>> CommandObjective([sys.executable, "-c", code])({"lr": 0.25}).score
    0.5
    """

    def __init__(
        self, command: Sequence[str], metric: Metric = SCORE, *, folder: str | Path | None = None
    ) -> None:
        is_list = isinstance(command, Sequence) and not isinstance(command, str)
        if not is_list or not command or not all(isinstance(one, str) for one in command):
            advice = 'Write ["python", "train.py", "--lr", "{lr}"], for example.'
            raise ObjectiveError.must(f"{OWNER}.command", "be a list of texts", command, advice)
        self.command = tuple(command)
        self.names = tuple(_PLACE.findall("\n".join(self.command)))
        self.metric = metric
        self.folder = None if folder is None else str(folder)

    def __call__(self, config: Config) -> Result:
        """Run the command to its end."""
        began = time.perf_counter()
        run = as_run(config, self.metric)
        with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as errors:
            code = self._run(run, out, errors)
            printed, log = _tail(out), _joined(_tail(out), _tail(errors))
        details = Details(log=log)
        seconds = time.perf_counter() - began
        if code:
            why = f"The command ended with code {code}."
            return Result(None, error=_joined(why, log), duration_s=seconds, details=details)
        try:
            score = self.metric.shown(as_score(self._number(printed)))
        except ObjectiveError as failure:
            return Result(None, error=str(failure), duration_s=seconds, details=details)
        return Result(score, duration_s=seconds, details=details)

    def arguments(self, config: Mapping[str, Any]) -> list[str]:
        """Return the command for a configuration.

        Raises
        ------
        ObjectiveError
            A place names a hyper-parameter that the configuration does not have.
        """
        if not self.names:
            added = [word for name, one in config.items() for word in (f"--{name}", str(one))]
            return [*self.command, *added]
        missing = [name for name in self.names if name not in config]
        if missing:
            rule = f"name hyper-parameters of the configuration ({', '.join(config)})"
            advice = "An inactive hyper-parameter has no value."
            raise ObjectiveError.must(f"{OWNER}.command", rule, missing[0], advice)
        return [_filled(word, config) for word in self.command]

    def _run(self, run: TrialRun, out: IO[bytes], errors: IO[bytes]) -> int:
        about = {
            "TUNEBOARD_TRIAL": str(run.number),
            "TUNEBOARD_FIDELITY": "" if run.fidelity is None else f"{run.fidelity:g}",
            "TUNEBOARD_CHECKPOINT": str(run.checkpoint) if run.has_folder else "",
        }
        try:
            done = subprocess.run(  # noqa: S603 (the user's own command, without a shell)
                self.arguments(run),
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=errors,
                cwd=self.folder,
                env={**os.environ, **about},
                check=False,
            )
        except OSError as error:
            rule = "name a program that can be started"
            advice = f"{error.strerror}: check its name and place."
            raise ObjectiveError.must(f"{OWNER}.command", rule, self.command[0], advice) from error
        return done.returncode

    def _number(self, printed: str) -> Any:
        for line in reversed(printed.splitlines()):
            try:
                found = json.loads(line)
            except ValueError:
                continue
            if isinstance(found, dict):
                return found.get(self.metric.name, found.get("score"))
            return found
        rule, advice = "print its result as a line of JSON", 'Print {"score": 0.9}, for example.'
        raise ObjectiveError.must(f"{OWNER}.command", rule, printed[-80:], advice)


def _filled(word: str, config: Mapping[str, Any]) -> str:
    return _PLACE.sub(lambda found: str(config[found[1]]), word)


def _tail(file: IO[bytes]) -> str:
    size = file.seek(0, os.SEEK_END)
    file.seek(max(0, size - N_LOG_CHARACTERS))
    text = file.read().decode(errors="replace")
    return "\n".join(text.splitlines()[-N_LOG_LINES:])


def _joined(*texts: str) -> str:
    return "\n".join(text for text in texts if text)
