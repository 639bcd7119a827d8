"""One layout at a time: a board lays itself out once, however much of it has just changed."""

from __future__ import annotations

import panel as pn
from bokeh.models import CustomJS, Spacer

# Whenever a part is shown, hidden or replaced Bokeh lays out the whole page at once, all plots
# included. A dozen parts that change together would keep the browser busy for seconds. After a
# layout the board rests for as long as it took, so that half of the time is left for the user.
_CODE = """
export default ({spacer}, _spacer, _data, {index}) => {
  let board = index.find_one(spacer);
  while (board != null && !board.model.css_classes?.includes("tb-board")) board = board.parent;
  if (board == null || "tb_rests_until" in board) return;
  const lay_out = board.invalidate_layout.bind(board);
  // A plot that is new is painted before any other turn, and cannot be without its layout.
  const is_new = (view) => view.model.type == "Figure" && view.layout == null;
  const has_new = (view) => view.model.visible !== false
    && (is_new(view) || (view.child_views ?? []).some(has_new));
  let is_waiting = false;
  board.tb_rests_until = 0;
  const go = () => {
    is_waiting = false;
    const start = performance.now();
    lay_out();
    board.tb_rests_until = 2 * performance.now() - start;
  };
  board.invalidate_layout = () => {
    if (has_new(board)) return lay_out();
    if (is_waiting) return;
    is_waiting = true;
    setTimeout(go, Math.max(0, board.tb_rests_until - performance.now()));
  };
}
"""


class OneLayout(pn.viewable.Viewer):
    """An empty part of a board that joins the layouts of all the others."""

    def __init__(self) -> None:
        super().__init__()
        self._spacer = Spacer(width=0, height=0, visible=False)
        begin = CustomJS(args={"spacer": self._spacer}, code=_CODE)
        self._spacer.js_on_change("name", begin)
        self._pane = pn.pane.Bokeh(self._spacer, width=0, height=0, margin=0)

    def begin(self) -> None:
        """Join layouts from now on; the page must have been drawn."""
        self._spacer.name = "one layout"
        pn.io.push_notebook(self._pane)

    def __panel__(self) -> pn.viewable.Viewable:
        return self._pane
