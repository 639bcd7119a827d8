"""Which earlier studies a new one learns from, chosen by the user."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import panel as pn

from ..engine.past_trials import PastOffer
from ..engine.study import Study
from .stylesheets import BOX, BUTTON, WIDGETS
from .text_panes import PlainText

_HINT = (
    "The completed trials of an earlier study can be known to the search from the start. Scores of "
    "the same data count as they are; others are fitted to the scale of the new study."
)


class LearnCard(pn.viewable.Viewer):
    """Lists the earlier studies that fit, and holds which are chosen.

    Parameters
    ----------
    on_change : function
        Called when the user has chosen others; then `ids` has them.
    """

    def __init__(self, on_change: Callable[[], None]) -> None:
        super().__init__()
        self._on_change = on_change
        self._study: Study | None = None
        self._is_showing = self._has_begun = False
        self._said = PlainText(_HINT, css_classes=["tb-note"], **BOX)
        self._look = pn.widgets.Button(label="Look for studies that fit", **BUTTON)
        self._choice = pn.widgets.CheckBoxGroup(options={}, value=[], visible=False, **WIDGETS)
        self._look.on_click(lambda _event: self.look())
        self._choice.param.watch(lambda _event: self._chosen(), "value")

    @property
    def ids(self) -> tuple[str, ...]:
        """The chosen studies."""
        return tuple(self._choice.value)

    @property
    def text(self) -> str:
        """What is said."""
        return str(self._said.object)

    def follow(self, study: Study) -> None:
        """Offer what fits this study; once it has begun, say what it has learned from."""
        known, self._study = self._study, study
        was_begun, self._has_begun = self._has_begun, bool(study.id)
        if study is known and was_begun == self._has_begun:
            return
        self._look.disabled = self._choice.disabled = self._has_begun
        if self._has_begun:
            self._tell(study)
        elif was_begun:
            self.clear()

    def clear(self) -> None:
        """Choose none, and offer none before the user looks again."""
        self._show((), ())
        self._said.object = _HINT

    def look(self) -> None:
        """Read the newest studies, and list those of which something fits."""
        if self._study is None:
            return
        offers = self._study.past_offers()
        self._show(offers, self.ids)
        self._said.object = _HINT if offers else "No earlier study has trials that fit."

    def _show(self, offers: Sequence[PastOffer], ids: Sequence[str]) -> None:
        options: dict[str, str] = {}
        for one in offers:
            options[_line(one, options)] = one.id
        self._is_showing = True
        try:
            value = [one for one in ids if one in options.values()]
            self._choice.param.update(options=options, value=value, visible=bool(options))
        finally:
            self._is_showing = False

    def _tell(self, study: Study) -> None:
        past = study.past_studies()
        self._show((), ())
        told = ", ".join(f"{one.name} ({len(one.trials)} trials)" for one in past)
        self._said.object = (
            f"This study has learned from: {told}." if told else "This study began from nothing."
        )

    def _chosen(self) -> None:
        if not self._is_showing:
            self._on_change()

    def __panel__(self) -> pn.viewable.Viewable:
        return pn.Column(self._said, self._look, self._choice, **BOX)


def _line(offer: PastOffer, taken: dict[str, str]) -> str:
    data = "same data" if offer.is_same_data else "other data"
    left = f", {offer.n_left_out} do not fit" if offer.n_left_out else ""
    line = f"{offer.name} · {offer.n_trials} trials fit{left} · {data}"
    return line if line not in taken else f"{line} · {offer.id[:6]}"
