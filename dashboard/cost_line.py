"""What the trials still to come will cost, said before they start."""

from __future__ import annotations

from typing import Any

from ..engine.errors import TuneboardError
from ..engine.study import Study, StudyState
from .background import Background


class CostLine:
    """Computes the preview of a study beside the page, anew when something has changed."""

    def __init__(self) -> None:
        self._background = Background()
        self._key: tuple[Any, ...] = ()
        self.text = ""

    def follow(self, study: Study) -> None:
        """Look at the study; `text` is empty while it runs and where nothing is left to run."""
        if study.state is StudyState.RUNNING:
            self._key, self.text = (), ""
            return
        key = (study, study.settings, study.space.version.number, len(study.changes))
        if key != self._key:
            self._key = key
            self._background.submit(study.preview, is_asked=True)
        try:
            preview = self._background.take()
        except TuneboardError:  # the store is away: no more than an estimate is missing
            self.text = ""
            return
        if preview is not None:
            is_over = preview.n_known >= preview.n_configs
            self.text = "" if is_over else str(preview)
