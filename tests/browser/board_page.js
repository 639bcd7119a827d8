// Looks into the plots for the tests: what they draw, and where on the screen.
window.lookInto = (() => {
  const models = (type) => Bokeh.documents
    .flatMap((one) => [...one._all_models.values()])
    .filter((model) => model.type === type)
  const view = (model) => Bokeh.index.find_one(model)
  const layer = (figure, name) => figure.renderers.find((one) => one.name === name)

  // Figures that have no title of their own are called by what they alone draw.
  const BY_LAYER = {
    bars: "importance", best: "timeline", strip: "strips", front: "trade-off", cells: "coverage",
    series: "comparison",
  }

  function title(figure) {
    const found = Object.keys(BY_LAYER).find((name) => layer(figure, name))
    return BY_LAYER[found] ?? figure.title.text
  }

  const figures = () => models("Figure").filter((figure) => view(figure))
  const named = (name) => figures().find((figure) => title(figure) === name)
  const table = () => models("DataTable").find((one) => view(one) && one.source === source())
  const source = () => layer(named("timeline"), "points").data_source
  const column = (name) => Array.from(source().data[name] ?? [])

  /** The inner area of a plot, in pixels of the window. */
  function frame(name) {
    const shown = view(named(name))
    const box = shown.el.getBoundingClientRect()
    const { left, top, width, height } = shown.frame.bbox
    return { x: box.x + left, y: box.y + top, width, height }
  }

  /** What tells where coordinates of a plot are, in pixels of the window. */
  function placer(name) {
    const { x, y } = frame(name)
    const { bbox, x_scale: across, y_scale: up } = view(named(name)).frame
    return (at, height) => (
      { x: x + across.compute(at) - bbox.left, y: y + up.compute(height) - bbox.top })
  }

  const place = (name, at, height) => placer(name)(at, height)

  /** The centre of each trial's mark in a plot, in pixels of the window.
   *
   * In the strips of the timeline, of the one of a hyper-parameter.
   */
  function marks(name, hyper_parameter = null) {
    const of_strip = (one) => one.tags[0] === hyper_parameter
    const { glyph } = named(name).renderers
      .find((one) => (hyper_parameter ? of_strip(one) : one.name === "points"))
    const [xs, values] = [column(glyph.x.field), column(glyph.y.field)]
    const ys = glyph.y.transform ? glyph.y.transform.v_compute(values) : values
    const placed = placer(name)
    const all = column("trial").map((trial, row) => ({ trial, ...placed(xs[row], ys[row]) }))
    return all.filter((mark) => Number.isFinite(mark.x) && Number.isFinite(mark.y))
  }

  /** The trials within a box of a plot, its corners as shares of the plot's inner size. */
  function inside(name, left, top, right, bottom) {
    const box = frame(name)
    return marks(name).filter((mark) => {
      const [x, y] = [(mark.x - box.x) / box.width, (mark.y - box.y) / box.height]
      return left <= x && x <= right && top <= y && y <= bottom
    }).map((mark) => mark.trial)
  }

  /** Where the dashed line of the value of today stands, in pixels of the window. */
  function valueLine(name) {
    const line = named(name).center.find((one) => one.type === "Span" && one.visible)
    const { bbox, x_scale: across } = view(named(name)).frame
    return line ? frame(name).x + across.compute(line.location) - bbox.left : -100
  }

  /** What each layer of this name in a plot draws, as columns. */
  function drawn(name, of_layer) {
    const layers = named(name).renderers.filter((one) => one.name === of_layer)
    return layers.map(({ data_source: { data } }) => Object.fromEntries(
      Object.entries(data).map(([key, values]) => [key, Array.from(values)])))
  }

  const axisLabel = (name, side) => named(name)[side][0].axis_label

  /** Let Bokeh overlook one trial of a plot in every box and lasso. */
  function missOne(name) {
    const drawn = view(named(name)).views.find_one(layer(named(name), "points"))
    const hit = drawn.hit_test.bind(drawn)
    drawn.hit_test = (geometry) => {
      const found = hit(geometry)
      found.indices = found.indices.slice(1)
      return found
    }
  }

  function selected() {
    const numbers = source().selected.indices.map((row) => source().data.trial[row])
    return numbers.sort((a, b) => a - b)
  }

  /** The rows of the table in sight: the trial's number, and whether the row is marked. */
  function tableRows() {
    const { grid } = view(table())
    const { top, bottom } = grid.getViewport()
    const rows = []
    for (let row = top; row < Math.min(bottom, grid.getDataLength()); row++) {
      const cell = grid.getCellNode(row, 0)
      if (cell) rows.push([Number(cell.textContent), cell.classList.contains("selected")])
    }
    return rows
  }

  /** A column of the table from top to bottom, as it is sorted now. */
  function tableColumn(field) {
    const { grid } = view(table())
    return Array.from({ length: grid.getDataLength() }, (_, row) => grid.getDataItem(row)[field])
  }

  /** The change points of a plot, in pixels of the window, and the trials that have them. */
  function changes(name) {
    const figure = named(name)
    if (!figure || !view(figure)?.frame?.bbox.width) return []
    const placed = placer(name)
    return ["change up", "change down"].flatMap((group) => {
      const { data } = layer(figure, group).data_source
      return data.x.map((at, row) => ({
        trial: data.trial[row], what: data.what[row], ...placed(at, data.y[row]),
      }))
    })
  }

  // Learning curves have a source of their own.
  const curveFigure = () => figures().find((one) => layer(one, "curves"))
  const curveSource = () => curveFigure() && layer(curveFigure(), "curves").data_source
  const curves = () => Array.from(curveSource()?.data.trial ?? [])

  /** A trial and where its curve ends, in pixels of the window; of the one that ends lowest. */
  function curveEnd() {
    const shown = view(curveFigure())
    shown.el.scrollIntoView({ block: "center" })
    const { trial, xs, ys } = curveSource().data
    const ends = ys.map((one) => one.at(-1))
    const { start } = curveFigure().y_range
    const inSight = ends.map((one) => (one > start ? one : Infinity))
    const row = inSight.indexOf(Math.min(...inSight))
    const box = shown.el.getBoundingClientRect()
    const { x_scale: across, y_scale: up } = shown.frame
    return [trial[row], box.x + across.compute(xs[row].at(-1)), box.y + up.compute(ends[row])]
  }

  /** The selected trials in a source of its own that a layer of some figure draws. */
  function linked(name) {
    const { data, selected } = layer(figures().find((one) => layer(one, name)), name).data_source
    return selected.indices.map((row) => data.trial[row])
  }

  function select(numbers) {
    const rows = column("trial").map((trial, row) => (numbers.includes(trial) ? row : -1))
    source().selected.indices = rows.filter((row) => row >= 0)
  }

  // Parallel coordinates: one axis per hyper-parameter, with invisible marks on it.
  const parallel = () => figures().find((one) => layer(one, "handles"))
  const handle = (place) => parallel().renderers.filter((one) => one.name === "handles")[place]

  /** Where an axis stands, and its lower and its upper end, in pixels of the window. */
  function rail(place) {
    if (!parallel()) return null
    const shown = view(parallel())
    shown.el.scrollIntoView({ block: "center" })
    const box = shown.el.getBoundingClientRect()
    const { x_scale: across, y_scale: up } = shown.frame
    return [box.x + across.compute(place), box.y + up.compute(0), box.y + up.compute(1)]
  }

  /** The trials whose values lie between two shares of an axis. */
  function onRail(place, low, high) {
    const { field, transform } = handle(place).glyph.y
    const heights = Array.from(transform.v_compute(column(field)))
    const found = column("trial").filter((_, row) => low <= heights[row] && heights[row] <= high)
    return found.sort((a, b) => a - b)
  }

  return {
    changes, missOne,
    tools: (name) => named(name).toolbar.tools.map((one) => one.type),
    shown: (name) => Boolean(view(named(name) ?? null)?.el.offsetParent),
    curves, curveEnd, rail, onRail, linked, select,
    highlightedCurves: () => linked("curves"),
    ready: () => Boolean(named("timeline") && table())
      && figures().every((one) => view(one)?.frame?.bbox.width > 20),
    plots: () => figures().filter((one) => layer(one, "points")).map(title),
    rows: () => column("trial").map((trial, row) => ({
      trial,
      score: column("score")[row],
      state: column("state")[row],
      error: column("error")[row],
    })),
    bests: () => column("trial").filter((_, row) => Number.isFinite(column("incumbent")[row])),
    numbers: () => column("trial"),
    column,
    sources: () => figures().map((one) => layer(one, "points")?.data_source.id)
      .concat([table()?.source.id]).filter((id) => id),
    ranking: () => Array.from(layer(named("importance"), "bars").data_source.data.name),
    range: (name) => [named(name).x_range.start, named(name).x_range.end],
    scrollTo: (name) => view(named(name)).el.scrollIntoView({ block: "center" }),
    frame, place, marks, drawn, axisLabel, inside, valueLine, selected, tableRows, tableColumn,
    tableLength: () => tableColumn("trial").length,
  }
})()
