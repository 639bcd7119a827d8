"""A button that copies a text in the browser."""

from __future__ import annotations

from typing import Any

import panel as pn

from .stylesheets import BUTTON

_COPY = """
const done = () => {
  const label = button.label;
  button.label = "Copied";
  setTimeout(() => { button.label = label; }, 1200);
};
const by_hand = () => {
  const area = document.createElement("textarea");
  area.value = source.value;
  document.body.append(area);
  area.select();
  document.execCommand("copy");
  area.remove();
  done();
};
if (navigator.clipboard) navigator.clipboard.writeText(source.value).then(done, by_hand);
else by_hand();
"""
"""Without a secure connection there is no clipboard to ask for."""


def copy_button(source: Any, **look: Any) -> pn.widgets.Button:
    """Return a button that copies the value of a widget, which may be hidden."""
    button = pn.widgets.Button(label="Copy", **{**BUTTON, **look})
    button.js_on_click(args={"source": source, "button": button}, code=_COPY)
    return button
