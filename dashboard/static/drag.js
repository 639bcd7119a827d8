// How the user drags: Bokeh tells of a box or lasso, but neither which keys are held at its end
// nor what was selected before. Run where a plot is made, with the source that all plots share.
if (!source.tb_drag) {
  source.tb_drag = { before: [], mode: "replace" }
  document.addEventListener("pointerdown", () => {
    source.tb_drag.before = [...source.selected.indices]
  }, true)
  // The meaning of the keys is Bokeh's own.
  document.addEventListener("pointerup", ({ shiftKey, ctrlKey }) => {
    const [with_shift, without] = ctrlKey ? ["subtract", "intersect"] : ["append", "replace"]
    source.tb_drag.mode = shiftKey ? with_shift : without
  }, true)
}
