"""A study, or one configuration of it, as a Python script that runs by itself."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..attribute_names import attribute_of
from ..errors import DataError
from ..source.literal_text import literal_text
from ..source.writing import space_source
from ..study_data import StudyData
from ..trial import Trial

_ADVICE = "Give setup='...', the code that makes `model`, `X` and `y`."


def export_script(
    data: StudyData,
    path: str | Path,
    *,
    trial: int | None = None,
    setup: str = "",
    folder: str | Path = "",
) -> Path:
    """Write a script that runs the study again, or scores and fits one configuration.

    Parameters
    ----------
    data : StudyData
        The study.
    path : path
        Where to write the script.
    trial : int, optional
        The number of the trial whose configuration is to be reproduced; without it the script
        runs the whole study.
    setup : str
        Code that makes ``model``, ``X`` and ``y``, or of a function ``model`` alone; not needed
        for problems that the page offers, nor where the study has recorded such code.
    folder : path
        Where the history keeps uploaded tables, for a study of one.

    Raises
    ------
    DataError
        There is no such trial, or nothing says what model and data are.
    """
    parts = script_parts(data, trial=trial, setup=setup, folder=folder)
    path = Path(path)
    text = "\n\n".join(code for _title, code in parts)
    path.write_text(f'"""{_heading(data, trial)}"""\n\n{text}\n', encoding="utf-8")
    return path


def script_parts(
    data: StudyData, *, trial: int | None, setup: str, folder: str | Path
) -> list[tuple[str, str]]:
    """Return the title and the code of each part, in the order to be run."""
    chosen = None if trial is None else data.trial(trial)
    if chosen is None:
        last = [("The search space", _space(data)), ("The study", _study(data))]
    else:
        last = [("The configuration", _config(chosen)), ("Its score", _score(data, chosen))]
    return [("Model and data", _setup(data, setup, folder)), *last]


def _heading(data: StudyData, trial: int | None) -> str:
    """Return one line about the script, in which the study's name can break nothing."""
    name = re.sub(r"[^\w .,:()·-]", "_", data.name)
    return f"Study {name}." if trial is None else f"Trial {trial} of study {name}."


def _setup(data: StudyData, setup: str, folder: str | Path) -> str:
    """Return the code that makes `model`, `X` and `y`."""
    origin = data.settings.origin
    if setup:
        return setup.strip()
    if origin is not None:
        return _setup_of_problem(origin, data.settings.seed, str(folder))
    code = str(data.about.get("code", ""))
    if re.search(r"^model\s*=|^def model\b", code, re.MULTILINE):
        return code.strip()
    raise DataError.must("export_script.setup", "say what model and data are", setup, _ADVICE)


def _setup_of_problem(origin: Mapping[str, Any], seed: int, folder: str) -> str:
    entries = ",\n".join(f"    {key!r}: {literal_text(value)}" for key, value in origin.items())
    return (
        "from pathlib import Path\n\n"
        "from tuneboard.engine.problem import Problem\n\n"
        f"origin = {{\n{entries},\n}}\n"
        f"problem = Problem.from_dict(origin, Path({literal_text(folder)}))\n"
        f"model = problem.estimator({seed})\n"
        "X, y = problem.dataset.X, problem.dataset.y"
    )


def _space(data: StudyData) -> str:
    declared = space_source(data.space, "Space", attribute_of)
    if len(data.versions) == 1:
        return declared
    n_versions = len(data.versions)
    return f"# The last of {n_versions} versions: the space was edited meanwhile.\n{declared}"


def _study(data: StudyData) -> str:
    options = {"optimizer": data.settings.optimizer, "n_trials": data.settings.n_trials}
    # With one worker the same seed gives the same trials.
    lines = [f"    {name}={literal_text(value)}," for name, value in options.items()]
    lines += [f"    {line}," for line in _common(data)]
    if data.settings.is_racing:
        lines.append("    racing=True,")
    if data.settings.pruner != "none":
        lines.append(f"    pruner={literal_text(data.settings.pruner)},")
    if data.settings.holdout:
        lines.append(f"    holdout={data.settings.holdout!r},")
    if data.settings.fidelity is not None:
        lines.append(f"    fidelity={data.settings.fidelity!r},")
        lines.append(f"    scheduler={data.settings.scheduler!r},")
    if data.settings.options:
        lines.append(f"    options={dict(data.settings.options)!r},")
    lines += ["    n_workers=1,", f"    name={literal_text(data.name)},", "    history=False,"]
    arguments = "model" if _is_function(data) else "model, X, y"
    return (
        "from tuneboard import Study\n"
        f"{_imports(data)}\n"
        f"study = Study(\n    {arguments},\n    space=Space(),\n" + "\n".join(lines) + "\n)\n"
        "study.run(show_progress=False)\n"
        "print(study.metric.label, study.metric.shown(study.best_trial.score))\n"
        "print(study.best_trial.config)"
    )


def _imports(data: StudyData) -> str:
    if data.settings.fidelity is None:
        return ""
    return "from tuneboard.engine.fidelity import Fidelity\n"


def _common(data: StudyData) -> list[str]:
    """Return the arguments that say how a configuration is scored."""
    if _is_function(data):
        return [f"seed={data.settings.seed}"]
    metrics = [data.metric.name, *(one.name for one in data.settings.more_metrics)]
    named = "[" + ", ".join(map(literal_text, metrics)) + "]" if metrics[1:] else ""
    return [
        f"folds={data.settings.folds}",
        f"metric={named or literal_text(metrics[0])}",
        f"seed={data.settings.seed}",
    ]


def _is_function(data: StudyData) -> bool:
    return data.metric.name == "score"


def _config(trial: Trial) -> str:
    lines = [f"    {literal_text(key)}: {literal_text(one)}," for key, one in trial.config.items()]
    return "config = {\n" + "\n".join(lines) + "\n}"


def _score(data: StudyData, trial: Trial) -> str:
    known = "" if trial.score is None else f"{data.metric.shown(trial.score)!r}"
    note = f"  # in the study: {known}" if known else ""
    if _is_function(data):
        return f"print({literal_text(data.metric.label)}, model(config)){note}"
    arguments = ", ".join(_common(data))
    return (
        "from tuneboard import CrossValidation, resolved\n\n"
        f"objective = CrossValidation(model, X, y, {arguments})\n"
        "result = objective(config)\n"
        f"print({literal_text(data.metric.label)}, objective.metric.shown(result.score)){note}\n"
        "fitted = resolved(model.set_params(**config)).fit(X, y)"
    )
