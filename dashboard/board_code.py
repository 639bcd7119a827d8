"""What the board shows, said in Python: the set-up of its study, and its selection."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ..engine.errors import DataError
from ..engine.history import History
from ..engine.hyper_parameter import SpaceVersion
from ..engine.problem import Problem
from ..engine.source.literal_text import literal_text
from ..engine.space import SearchSpace
from ..engine.study import Study
from ..engine.study_code import Names, selection_code, study_code
from ..engine.suggestions import Suggestion, kind_of, suggest_models
from ..engine.surroundings import data_fingerprint
from .cell_link import ran_cells
from .notebook_cells import notebook_cells

_PROBLEM = """{imported}
from tuneboard.engine.dataset import load_bundled
from tuneboard.engine.problem import Problem

problem = Problem(load_bundled({data}), {model})
"""
_STORED = """from pathlib import Path

{imported}
from tuneboard.engine.problem import Problem

problem = Problem.from_dict({origin!r}, Path({folder}))
"""
_IMPORTED = "from tuneboard import ..."
_PARTS = "model, X, y = problem.estimator({seed}), problem.dataset.X, problem.dataset.y\n"


def setup_code(study: Study, given: tuple[Any, Any, Any] | None, folder: str = "") -> str:
    """Write the set-up of a study with the user's own variable names.

    Parameters
    ----------
    study : Study
        The study on the page.
    given : (model, X, y) or None
        What the board was made with; None where the page offers data and models.
    folder : str
        Where uploaded tables are kept.
    """
    settings, version = study.settings, study.space.version
    if given is not None:
        # A notebook's variables are those of the module __main__ too.
        names = Names.found_in(vars(sys.modules["__main__"]), *given)
        return study_code(settings, version, _start(given[0]), names, "TuningDashboard")
    head, start = "", None
    if settings.origin is not None:
        head, start = _problem(settings.origin, folder, settings.seed)
    code = study_code(settings, version, start)
    if not head:
        return f"# model, X and y: as the study was made with\n{code}"
    imported, _, body = code.partition("\n")
    return head.replace(_IMPORTED, imported, 1) + body.lstrip("\n")


def selected_code(study: Study, numbers: Sequence[int], variable: str = "study") -> str:
    """Write the expression that gives the selected trials; empty where none is."""
    if not numbers:
        return ""
    frame = study.to_frame()
    names = [one.name for one in study.space.version.hyper_parameters]
    columns = [f"config.{name}" if f"config.{name}" in frame else name for name in names]
    expression = selection_code(frame, numbers, [*columns, "score"])
    return f"trials = {variable}.to_frame()\n{expression}"


def data_names(given: tuple[Any, Any, Any] | None) -> tuple[str, str]:
    """Return what the user's code calls X and y."""
    names = Names() if given is None else Names.found_in(vars(sys.modules["__main__"]), *given)
    return names.X, names.y


def suggested_models(
    study: Study, history: History | None, given: tuple[Any, Any, Any] | None
) -> list[Suggestion]:
    """Return which models to try next on the data that the board was made with.

    What is read of the code is the cells of the notebook, or else what was run in it.
    """
    _model, X, y = given or (None, None, None)
    cells = notebook_cells()
    texts = cells.texts if cells.is_linked else ran_cells()
    return suggest_models(
        kind_of(study.settings.model),
        data_fingerprint(X, y),
        study.metric.name,
        [] if history is None else history.studies(),
        {} if history is None else history.best_configs(),
        texts,
    )


def _problem(origin: Any, folder: str, seed: int) -> tuple[str, SpaceVersion | None]:
    try:
        problem = Problem.from_dict(origin, Path(folder))
    except DataError:  # a table is kept from the start of its study on
        return "", None
    if problem.is_bundled:
        data, model = literal_text(problem.dataset.name), literal_text(problem.model)
        head = _PROBLEM.format(imported=_IMPORTED, data=data, model=model)
    else:
        head = _STORED.format(imported=_IMPORTED, origin=dict(origin), folder=literal_text(folder))
    return head + _PARTS.format(seed=seed), _start(problem.estimator(seed))


def _start(estimator: Any) -> SpaceVersion | None:
    is_estimator = hasattr(estimator, "get_params")
    return SearchSpace.from_estimator(estimator).version if is_estimator else None
