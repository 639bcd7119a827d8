"""Draw less, know all: which rows are drawn when there are many, and boxes that select by rule."""

from __future__ import annotations

import numpy as np
from bokeh.models import ColumnDataSource, CustomJS, CustomJSFilter, Plot

from ..engine.analysis.observations import IntArray
from ..engine.analysis.representatives import N_MAX
from .theme import script

# Every view asks for the same rows: they are picked once per length and level.
PICK = """
source.tb_cut = cut;
if (cut == 0) return null;
const {level, incumbent} = source.data;
const n = source.get_length();
const chosen = source.selected.indices.length <= 300 ? source.selected.indices : [];
const key = [n, cut, ...chosen].join();
if (source.tb_key !== key) {
  const is_chosen = new Set(chosen);
  const rows = [];
  for (let row = 0; row < n; row++) {
    if (level[row] >= cut || !isNaN(incumbent[row]) || is_chosen.has(row)) rows.push(row);
  }
  Object.assign(source, {tb_key: key, tb_rows: rows});
}
return source.tb_rows;
"""

# Bokeh's box or lasso has selected what is drawn; here the same one is asked about all rows.
# Shift adds to what was selected before, Ctrl keeps of it what lies inside, both what does not.
BY_RULE = """
export default ({source}, event) => {
  const {geometry: box, final, origin: plot} = event;
  if (!source.tb_cut || !final || !["rect", "poly"].includes(box.type)) return;
  const kind = box.type == "rect" ? "BoxSelectTool" : "LassoSelectTool";
  const tool = plot.toolbar.tools.find((one) => one.type == kind);
  // Of a lasso, by the even-odd rule.
  const holds = (at, up) => {
    if (box.type == "rect") return box.x0 <= at && at <= box.x1 && box.y0 <= up && up <= box.y1;
    let is_in = false;
    for (let i = 0, j = box.x.length - 1; i < box.x.length; j = i++) {
      const [x, y, before_x, before_y] = [box.x[i], box.y[i], box.x[j], box.y[j]];
      const crosses = (y > up) != (before_y > up);
      if (crosses && at < (before_x - x) * (up - y) / (before_y - y) + x) is_in = !is_in;
    }
    return is_in;
  };
  const inside = new Set();
  for (const {glyph, visible, y_range_name} of tool.renderers) {
    if (!visible) continue;
    const {x, y} = glyph;
    const xs = x.field == null ? null : source.data[x.field];
    const ys = y.transform ? y.transform.v_compute(source.data[y.field]) : source.data[y.field];
    const lanes = plot.extra_y_ranges;
    const lane = lanes.get ? lanes.get(y_range_name) : lanes[y_range_name];
    const {start, end} = plot.y_range;
    const height = (value) => lane == null ? value
      : start + (value - lane.start) / (lane.end - lane.start) * (end - start);
    for (let row = 0; row < ys.length; row++) {
      const [at, up] = [xs == null ? x.value : xs[row], height(ys[row])];
      if (holds(at, up)) inside.add(row);
    }
  }
  const {before, mode} = source.tb_drag;
  const found = {
    replace: () => [...inside],
    append: () => [...new Set([...before, ...inside])],
    intersect: () => before.filter((row) => inside.has(row)),
    subtract: () => before.filter((row) => !inside.has(row)),
  }[mode]();
  source.selected.indices = found.sort((a, b) => a - b);
}
"""

REDRAW = "if (source.tb_cut) drawn.change.emit();"


class DrawnRows:
    """The filter that all views of the session's source share.

    Up to 3,000 trials all are drawn. Of more, those are whose number has a level (see
    `representatives`) high enough that no more than 3,000 have it, with every incumbent and a
    selection of up to 300: the sample grows as trials come, is halved at once, and never
    reshuffles.

    Parameters
    ----------
    source : ColumnDataSource
        Has the columns ``level`` and ``incumbent``.
    """

    def __init__(self, source: ColumnDataSource) -> None:
        self.filter = CustomJSFilter(args={"cut": 0}, code=script("sight") + script("drag") + PICK)
        self._counts = np.zeros(65, dtype=np.int64)
        self._cut = 0
        self._by_rule = CustomJS(args={"source": source}, code=BY_RULE)
        redraw = CustomJS(args={"source": source, "drawn": self.filter}, code=REDRAW)
        source.selected.js_on_change("indices", redraw)

    @property
    def n_drawn(self) -> int:
        """How many trials are drawn, incumbents and selected ones apart."""
        return int(self._counts[self._cut :].sum())

    @property
    def one_in(self) -> int:
        """Of how many trials one is drawn."""
        return int(2**self._cut)

    @property
    def is_all(self) -> bool:
        """Whether all trials are drawn."""
        return self._cut == 0

    def add(self, levels: IntArray) -> None:
        """Take note of the levels of trials that are appended."""
        self._counts += np.bincount(levels, minlength=65)
        before = self._cut
        while self.n_drawn > N_MAX:
            self._cut += 1
        if self._cut != before:
            self.filter.args = {"cut": self._cut}

    def select_by_rule(self, plot: Plot) -> None:
        """Let boxes drawn in a plot select among all trials, drawn or not."""
        plot.js_on_event("selectiongeometry", self._by_rule)
