// Plots out of sight are painted when they come into sight again: a brush redraws what is seen.
// Run where a plot is made, with the source that all plots of the session share.
const keep_in_sight = () => {
  const models = Bokeh.documents.flatMap((one) => [...one._all_models.values()])
  for (const plot of models.filter((one) => one.type == "Figure")) {
    const view = Bokeh.index.find_one(plot)
    if (!view || view.tb_is_watched) continue
    if (!plot.renderers.some((one) => one.data_source == source)) continue
    view.tb_is_watched = true
    const paint = view.paint.bind(view)
    let is_near = true
    let is_stale = false
    view.paint = () => {
      if (is_near) paint()
      else is_stale = true
    }
    new IntersectionObserver((entries) => {
      is_near = entries.at(-1).isIntersecting
      if (is_near && is_stale) {
        is_stale = false
        view.request_repaint()
      }
    }, { rootMargin: "200px 0px" }).observe(view.el)
  }
}
if (!source.tb_looks) {
  source.tb_looks = setTimeout(() => { source.tb_looks = null; keep_in_sight() }, 1000)
}
