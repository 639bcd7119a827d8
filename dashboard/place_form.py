"""Where trials run: on this machine, or on a Dask cluster whose scheduler has an address."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import panel as pn

from .option_fields import group
from .stylesheets import BOX, WIDGETS
from .text_panes import PlainText

HERE, CLUSTER = "this machine", "a Dask cluster"


class PlaceForm:
    """Chooses the place of the next start.

    Parameters
    ----------
    on_choose : function
        Called with the scheduler's address; an empty one is this machine.
    """

    def __init__(self, on_choose: Callable[[str], None]) -> None:
        self._on_choose = on_choose
        self._place = pn.widgets.Select(label="Trials run on", options=[HERE, CLUSTER], **WIDGETS)
        self._address = pn.widgets.TextInput(
            label="Scheduler address",
            placeholder="tcp://192.168.0.5:8786",
            visible=False,
            **WIDGETS,
        )
        self._note = PlainText("", css_classes=["tb-note"], visible=False, **BOX)
        self._place.param.watch(self._chosen, "value")
        self._address.param.watch(self._chosen, "value")

    @property
    def note(self) -> str:
        """What is said of the cluster."""
        return str(self._note.object)

    def say(self, text: str) -> None:
        """Say something of the cluster; nothing hides the line."""
        self._note.param.update(object=text, visible=bool(text))

    def lock(self, is_running: bool) -> None:
        """Let nothing be chosen while trials run: the place is that of the next start."""
        self._place.disabled = self._address.disabled = is_running

    def group(self) -> pn.Column:
        """Return the inputs."""
        return group(
            "Where trials run",
            "Counts from the next start or resume on. Workers are set under Search.",
            self._place,
            self._address,
            self._note,
        )

    def _chosen(self, *_events: Any) -> None:
        is_cluster = self._place.value == CLUSTER
        self._address.visible = is_cluster
        address = str(self._address.value or "").strip() if is_cluster else ""
        self.say("Type the address of its scheduler." if is_cluster and not address else "")
        self._on_choose(address)
