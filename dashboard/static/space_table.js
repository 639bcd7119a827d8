// The rows of SpaceTable. Python is the truth: an edit is sent, and the row is painted again
// from its answer. A row is updated in place, so that another input keeps its text and focus.

const CLIENT = Math.random().toString(36).slice(2)
const UNSET = "as in your code"
const STEPS_DOWN = { ArrowLeft: -1, ArrowDown: -1, PageDown: -10 }
const STEPS_UP = { ArrowRight: 1, ArrowUp: 1, PageUp: 10 }
const SETTLE_MS = 400
const MAX_CHARACTERS = 9

/** Make an element; `text` and attributes only, so that no name is ever read as markup. */
function make(tag, className = "", attributes = {}, text = "") {
  const element = document.createElement(tag)
  if (className) element.className = className
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value)
  if (text) element.textContent = text
  return element
}

/** Write a number as Python's side does: in full where it is short, else by four digits. */
function numberText(number) {
  const write = (one) => {
    const isSmall = one !== 0 && Math.abs(one) < 1e-4
    return isSmall ? one.toExponential() : String(one)
  }
  if (write(number).length <= MAX_CHARACTERS) return write(number)
  const short = Number(number.toPrecision(4))
  if (write(short).length <= MAX_CHARACTERS) return write(short)
  return short.toExponential().replace("e+", "e")
}

/** The scale of a track: number to share of its length and back. */
class Scale {
  constructor(low, high, isLog) {
    this.low = low
    this.high = high
    this.isLog = isLog && low > 0
  }

  share(number) {
    const [low, high, at] = [this.low, this.high, number].map((one) => this.measure(one))
    return (at - low) / (high - low)
  }

  number(share) {
    if (share <= 0) return this.low
    if (share >= 1) return this.high
    const [low, high] = [this.measure(this.low), this.measure(this.high)]
    const at = low + share * (high - low)
    return this.isLog ? Math.exp(at) : at
  }

  measure(number) {
    return this.isLog ? Math.log(number) : number
  }

  /** Round a number to what the eye can tell apart on the track. */
  rounded(number) {
    if (number === this.low || number === this.high) return number
    const hundredth = (this.measure(this.high) - this.measure(this.low)) / 100
    const digits = Math.floor(Math.log10(hundredth))
    if (this.isLog) return Number(number.toPrecision(Math.min(12, Math.max(2, 1 - digits))))
    const grain = 10 ** digits
    return Number((Math.round(number / grain) * grain).toPrecision(12))
  }
}

/** A name in pieces: muted prefix, and an end that stays when the middle has no room. */
function makeName(name) {
  const cut = name.lastIndexOf("__")
  const isNested = cut > 0 && cut + 2 < name.length
  const last = isNested ? name.slice(cut + 2) : name
  const kept = last.length > 10 ? 5 : 0
  const label = make("span", "name", { title: name })
  if (isNested) {
    const prefix = make("span", "prefix", {}, name.slice(0, cut))
    if (cut > 5) prefix.classList.add("long")
    label.append(prefix, make("span", "joint", {}, "__"))
  }
  label.append(make("span", kept ? "start" : "whole", {}, last.slice(0, last.length - kept)))
  if (kept) label.append(make("span", "end", {}, last.slice(-kept)))
  return label
}

/** One hyper-parameter: what all kinds share. */
class Row {
  constructor(data, table) {
    this.table = table
    this.name = data.name
    this.kind = data.kind
    this.sent = 0
    this.root = make("div", "row", { role: "group", "aria-label": data.name })
    this.head = make("div", "head")
    this.toggle = make("input", "", { type: "checkbox", "aria-label": `search ${data.name}` })
    const label = make("label", "label")
    label.append(this.toggle, makeName(data.name))
    this.head.append(label)
    this.error = make("p", "refusal", { id: table.newId(), "aria-live": "polite" })
    this.toggle.addEventListener("change", () => this.switched())
    this.build()
    this.root.append(this.head, this.body, this.error)
    this.controls.is_searched = this.toggle
  }

  get isOn() {
    return this.toggle.checked
  }

  /** Whether the page is ahead of Python: an edit was sent and its answer has not come. */
  get isPending() {
    return this.sent > (this.data.answers[CLIENT] ?? 0)
  }

  send(field, value) {
    this.sent = this.table.send({ name: this.name, field, value })
  }

  giveUp(field) {
    this.sent = this.table.send({ name: this.name, field, value: null, is_given_up: true })
  }

  switched() {
    this.send("is_searched", this.isOn)
    this.paintState()
    this.table.switched(this)
  }

  /** What a control shows: the refused attempt where there is one, else what the space holds. */
  shown(field) {
    const error = this.data.errors[field]
    return error ? error.attempt : this.data[field]
  }

  update(data) {
    this.data = data
    if (!this.isPending) this.paint()
  }

  paint() {
    this.toggle.checked = this.shown("is_searched")
    const source = this.data.source ? `Range: ${this.data.source}` : ""
    const step = this.data.step ? `Step: ${this.data.step}` : ""
    this.head.querySelector(".name").title = [this.name, source, step].filter(Boolean).join("\n")
    this.paintState()
    this.paintErrors()
  }

  paintState() {
    this.root.classList.toggle("is-off", !this.isOn)
  }

  paintErrors() {
    const errors = this.data.errors
    for (const [field, control] of Object.entries(this.controls)) {
      if (field in errors) {
        control.setAttribute("aria-invalid", "true")
        control.setAttribute("aria-describedby", this.error.id)
      } else {
        control.removeAttribute("aria-invalid")
        control.removeAttribute("aria-describedby")
      }
    }
    const text = Object.values(errors).map((error) => error.sentence).join(" ")
    if (this.error.textContent !== text) this.error.textContent = text
  }

  /** Esc on any control takes its refused attempt back. */
  restoreOnEscape(field, control) {
    control.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || !(field in this.data.errors)) return
      event.stopPropagation()
      this.giveUp(field)
    })
  }
}

/** A number: three text inputs, a scale switch, and a track with two handles. */
class NumberRow extends Row {
  build() {
    this.inputs = { value: this.input("value"), low: this.input("low"), high: this.input("high") }
    this.texts = { value: "", low: "", high: "" }
    this.live = {}
    this.scale = make("button", "scale", {
      type: "button", role: "switch", "aria-label": `log scale of ${this.name}`,
    })
    this.scale.append(make("span", "", {}, "lin"), make("span", "", {}, "log"))
    this.scale.addEventListener("click", () => this.rescaled())
    this.restoreOnEscape("log", this.scale)
    this.head.append(this.scale, this.inputs.value)
    this.body = make("div", "range")
    this.body.append(this.inputs.low, this.buildTrack(), this.inputs.high)
    this.controls = { ...this.inputs, log: this.scale }
  }

  input(field) {
    const input = make("input", `number ${field}`, {
      type: "text", inputmode: "decimal", autocomplete: "off", spellcheck: "false",
      "aria-label": `${field} of ${this.name}`,
    })
    input.addEventListener("blur", () => this.commit(field))
    input.addEventListener("keydown", (event) => this.typed(event, field))
    return input
  }

  buildTrack() {
    this.track = make("div", "track")
    this.line = make("div", "line")
    this.fill = make("div", "fill")
    this.dot = make("div", "dot")
    this.handles = { low: this.handle("low"), high: this.handle("high") }
    this.line.append(this.fill, this.handles.low, this.handles.high, this.dot)
    this.track.append(this.line)
    this.track.addEventListener("pointerdown", (event) => this.grabbed(event))
    return this.track
  }

  handle(field) {
    const handle = make("button", `handle ${field}`, {
      type: "button", role: "slider", "aria-label": `${field} end of ${this.name}`,
    })
    handle.addEventListener("keydown", (event) => this.nudged(event, field, true))
    handle.addEventListener("blur", () => this.commit(field))
    return handle
  }

  rescaled() {
    const isLog = this.scale.getAttribute("aria-checked") !== "true"
    this.scale.setAttribute("aria-checked", isLog)
    this.send("log", isLog)
  }

  typed(event, field) {
    if (event.key === "Enter") this.commit(field)
    else if (event.key === "Escape") this.restore(event, field)
    else if (event.key === "ArrowUp" || event.key === "ArrowDown") this.nudged(event, field)
  }

  restore(event, field) {
    const isRefused = field in this.data.errors
    if (!isRefused && this.inputs[field].value === this.data[field]) return
    event.stopPropagation()
    this.write(field, this.data[field])
    if (isRefused) this.giveUp(field)
    this.paintTrack()
  }

  /** Send what an input holds, if that is news. */
  commit(field) {
    clearTimeout(this.timer)
    const text = this.inputs[field].value.trim()
    const isLive = field in this.live
    delete this.live[field]
    if (text === this.texts[field] && !isLive) return
    this.write(field, text)
    if (text !== this.data[field] || this.isPending) this.send(field, text)
    else if (field in this.data.errors) this.giveUp(field)
    else this.paintTrack()
  }

  write(field, text) {
    this.texts[field] = text
    if (this.inputs[field].value !== text) this.inputs[field].value = text
  }

  paint() {
    super.paint()
    for (const [field, input] of Object.entries(this.inputs)) {
      const isBeingEdited = field in this.live || input.value.trim() !== this.texts[field]
      const text = String(this.shown(field) ?? "")
      if (isBeingEdited) this.texts[field] = text
      else this.write(field, text)
      const exact = this.data.at[field]
      input.title = exact === null ? field : `${field}: ${exact}`
    }
    this.inputs.value.placeholder = this.data.can_be_unset ? UNSET : ""
    this.scale.setAttribute("aria-checked", this.shown("log"))
    this.paintTrack()
  }

  /** Where an end or the value stands: under the hand, or in the space. */
  at(field) {
    return this.live[field] ?? this.data.at[field]
  }

  /** The track spans the range as it first was, and the one of today where that is wider. */
  measureTrack() {
    const { at, widest, log } = this.data
    const low = Math.min(at.low, widest[0])
    return new Scale(log && low <= 0 ? at.low : low, Math.max(at.high, widest[1]), log)
  }

  paintTrack() {
    const scale = this.measureTrack()
    const place = (number) => `${100 * Math.min(1, Math.max(0, scale.share(number)))}%`
    const [low, high, value] = [this.at("low"), this.at("high"), this.at("value")]
    this.fill.style.left = this.handles.low.style.left = place(low)
    this.handles.high.style.left = place(high)
    this.fill.style.width = `calc(${place(high)} - ${place(low)})`
    this.dot.hidden = value === null
    if (value !== null) this.dot.style.left = place(Math.min(high, Math.max(low, value)))
    this.describe("low", scale.low, high)
    this.describe("high", low, scale.high)
  }

  describe(field, min, max) {
    const handle = this.handles[field]
    handle.setAttribute("aria-valuemin", min)
    handle.setAttribute("aria-valuemax", max)
    handle.setAttribute("aria-valuenow", this.at(field))
    handle.setAttribute("aria-valuetext", numberText(this.at(field)))
  }

  /** Round and keep in order: low < high, and the value within them, on its step. */
  fitted(field, number, scale) {
    const low = this.at("low")
    const high = this.at("high")
    const rounded = this.kind === "int" ? Math.round(number) : scale.rounded(number)
    if (field === "low") return Math.min(rounded, this.beside(high, -0.01, scale))
    if (field === "high") return Math.max(rounded, this.beside(low, 0.01, scale))
    const step = this.data.at.step
    const stepped = step ? low + Math.round((number - low) / step) * step : rounded
    return Math.min(high, Math.max(low, Number(stepped.toPrecision(12))))
  }

  beside(number, share, scale) {
    if (this.kind === "int") return number + Math.sign(share)
    return scale.number(scale.share(number) + share)
  }

  /** Show a number under the hand; it is sent when the hand lets go. */
  move(field, number) {
    this.live[field] = number
    this.inputs[field].value = numberText(number)
    this.paintTrack()
  }

  nudged(event, field, isHandle = false) {
    const scale = this.measureTrack()
    const steps = STEPS_UP[event.key] ?? STEPS_DOWN[event.key]
    const isEnd = isHandle && (event.key === "Home" || event.key === "End")
    if (steps === undefined && !isEnd) {
      if (event.key === "Escape" && field in this.live) this.letGo(event, field)
      else if (event.key === "Enter") this.commit(field)
      return
    }
    event.preventDefault()
    const typed = Number(this.inputs[field].value || NaN)
    const from = Number.isFinite(typed) ? typed : this.at(field) ?? scale.low
    const end = event.key === "Home" ? scale.low : scale.high
    const to = isEnd ? end : this.stepped(from, steps, scale)
    this.move(field, this.fitted(field, to, scale))
    clearTimeout(this.timer)
    this.timer = setTimeout(() => this.commit(field), SETTLE_MS)
  }

  /** Go some hundredths of the track, and at least to the next number. */
  stepped(from, steps, scale) {
    const step = this.data.at.step ?? (this.kind === "int" ? 1 : 0)
    const to = scale.number(scale.share(from) + steps / 100)
    const least = from + Math.sign(steps) * step
    return Math.abs(to - from) < step ? least : to
  }

  letGo(event, field) {
    event.stopPropagation()
    clearTimeout(this.timer)
    delete this.live[field]
    this.write(field, String(this.shown(field)))
    this.paintTrack()
  }

  /** Drag an end, or the value by its dot or anywhere else on the track. */
  grabbed(event) {
    if (event.button !== 0 || this.table.isDisabled) return
    const field = event.target === this.handles.low ? "low"
      : event.target === this.handles.high ? "high" : "value"
    const scale = this.measureTrack()
    const box = this.line.getBoundingClientRect()
    const share = (x) => (x - box.left) / box.width
    const offset = field === "value" ? 0 : share(event.clientX) - scale.share(this.at(field))
    const follow = (moved) => {
      const number = scale.number(share(moved.clientX) - offset)
      this.move(field, this.fitted(field, number, scale))
    }
    if (field === "value") follow(event)
    this.drag(event, field, follow)
  }

  drag(event, field, follow) {
    event.preventDefault()
    if (field !== "value") this.handles[field].focus({ preventScroll: true })
    const over = new AbortController()
    const end = (isKept, last) => {
      over.abort()
      this.root.classList.remove("is-dragged")
      if (isKept) this.commit(field)
      else this.letGo(last, field)
    }
    const listen = (type, callback, target = this.track) =>
      target.addEventListener(type, callback, { signal: over.signal, capture: true })
    this.track.setPointerCapture(event.pointerId)
    this.root.classList.add("is-dragged")
    listen("pointermove", follow)
    listen("pointerup", () => end(true))
    listen("pointercancel", (last) => end(false, last))
    listen("keydown", (last) => last.key === "Escape" && end(false, last), window)
  }
}

/** A choice: a select for the value, and a chip for each option that may be tried. */
class ChoiceRow extends Row {
  build() {
    this.select = make("select", "value", { "aria-label": `value of ${this.name}` })
    this.select.addEventListener("change", () => this.chosen())
    this.restoreOnEscape("value", this.select)
    this.head.append(this.select)
    this.body = make("div", "chips", { role: "group", "aria-label": `choices of ${this.name}` })
    this.restoreOnEscape("choices", this.body)
    this.controls = { value: this.select, choices: this.body }
    this.kept = new Set()
  }

  chosen() {
    this.send("value", this.select.value === "" ? null : Number(this.select.value))
  }

  toggled(index) {
    if (!this.kept.delete(index)) this.kept.add(index)
    this.paintChips()
    this.send("choices", [...this.kept].sort((a, b) => a - b))
  }

  paint() {
    super.paint()
    this.kept = new Set("choices" in this.data.errors ? this.shown("choices") : this.data.kept)
    this.paintChips()
    this.paintOptions()
  }

  paintChips() {
    const texts = this.data.choices
    while (this.body.childElementCount > texts.length) this.body.lastElementChild.remove()
    texts.forEach((text, index) => {
      const chip = this.body.children[index] ?? this.addChip(index)
      if (chip.textContent !== text) chip.title = chip.textContent = text
      chip.setAttribute("aria-pressed", this.kept.has(index))
    })
  }

  addChip(index) {
    const chip = make("button", "chip", { type: "button" })
    chip.addEventListener("click", () => this.toggled(index))
    this.body.append(chip)
    return chip
  }

  paintOptions() {
    const { kept, choices, value, can_be_unset: canBeUnset } = this.data
    const options = kept.map((index) => [String(index), choices[index]])
    if (canBeUnset || value === null) options.unshift(["", UNSET])
    const signature = JSON.stringify(options)
    if (signature !== this.signature) {
      this.signature = signature
      const elements = options.map(([key, text]) => make("option", "", { value: key }, text))
      this.select.replaceChildren(...elements)
    }
    const shown = this.shown("value")
    this.select.value = shown === null ? "" : String(shown)
    this.select.title = this.select.selectedOptions[0]?.textContent ?? ""
  }
}

/** Move a node among others; what is focused inside keeps the focus.
 *
 * Not by moveBefore: Chromium never draws what that moves into a closed details element.
 */
function moveTo(list, node, before) {
  const focused = list.getRootNode().activeElement
  list.insertBefore(node, before)
  if (focused && node.contains(focused)) focused.focus({ preventScroll: true })
}

/** All rows: the searched ones in order, the others folded below. */
class Table {
  constructor(model) {
    this.model = model
    this.rows = new Map()
    this.nSent = 0
    this.nIds = 0
    this.lingering = new Set()
    this.root = make("fieldset", "space", { "aria-label": "Hyper-parameters" })
    this.empty = make("p", "empty", { hidden: "" })
    this.legend = make("div", "legend", { "aria-hidden": "true" })
    this.legend.append(make("span", "", {}, "Searched"), make("span", "", {}, "Value now"))
    this.list = make("div", "list")
    this.fold = make("details", "fold")
    this.summary = make("summary")
    this.folded = make("div", "list")
    this.fold.append(this.summary, this.folded)
    this.root.append(this.empty, this.legend, this.list, this.fold)
    this.root.addEventListener("pointerleave", () => this.settle())
    this.root.addEventListener("focusout", () => setTimeout(() => this.settle()))
  }

  get isDisabled() {
    return this.root.disabled
  }

  newId() {
    this.nIds += 1
    return `error-${this.nIds}`
  }

  send(edit) {
    this.nSent += 1
    this.model.send_msg({ ...edit, client: CLIENT, number: this.nSent })
    return this.nSent
  }

  update() {
    const data = this.model.rows
    const names = new Set(data.map((one) => one.name))
    for (const [name, row] of this.rows) {
      const isOther = !names.has(name) || data.find((one) => one.name === name).kind !== row.kind
      if (isOther) this.remove(row)
    }
    for (const one of data) {
      if (!this.rows.has(one.name)) this.rows.set(one.name, this.newRow(one))
      this.rows.get(one.name).update(one)
    }
    this.order = data.map((one) => this.rows.get(one.name))
    this.arrange()
  }

  newRow(data) {
    return data.kind === "choice" ? new ChoiceRow(data, this) : new NumberRow(data, this)
  }

  remove(row) {
    row.root.remove()
    this.rows.delete(row.name)
    this.lingering.delete(row.name)
  }

  style() {
    this.root.classList.toggle("tb-dark", this.model.is_dark)
    this.root.disabled = this.model.is_disabled
  }

  /** A row just switched off stays in place until the user turns elsewhere: it may be a slip. */
  switched(row) {
    if (!row.isOn && row.root.parentElement === this.list) this.lingering.add(row.name)
    const wasFolded = row.root.parentElement === this.folded
    this.arrange()
    if (!row.isOn || !wasFolded) return
    const { root } = row
    root.classList.add("is-new")
    root.addEventListener("animationend", () => root.classList.remove("is-new"), { once: true })
    root.scrollIntoView({ block: "nearest" })
  }

  settle() {
    const isInUse = this.root.matches(":hover") || this.root.matches(":focus-within")
    if (isInUse || this.lingering.size === 0) return
    this.lingering.clear()
    this.arrange()
  }

  arrange() {
    const isShown = (row) => row.isOn || this.lingering.has(row.name)
    const shown = this.order.filter(isShown)
    const others = this.order.filter((row) => !isShown(row))
    this.place(this.list, shown)
    this.place(this.folded, others)
    const words = others.length === 1 ? "hyper-parameter" : "hyper-parameters"
    this.summary.textContent = `${others.length} more ${words}`
    this.fold.hidden = others.length === 0
    if (shown.length === 0 && this.empty.hidden) this.fold.open = true
    this.empty.hidden = shown.length > 0
    this.legend.hidden = shown.length === 0
    this.empty.textContent = others.length > 0
      ? "Nothing is searched. Tick a hyper-parameter below."
      : "There are no hyper-parameters yet."
  }

  place(list, rows) {
    const wanted = new Set(rows.map((row) => row.root))
    let next = list.firstElementChild
    const skip = () => {
      while (next && !wanted.has(next)) next = next.nextElementSibling
    }
    for (const { root } of rows) {
      skip()
      if (root === next) next = next.nextElementSibling
      else moveTo(list, root, next)
    }
  }
}

export function render({ model }) {
  const table = new Table(model)
  table.style()
  table.update()
  model.on("rows", () => table.update())
  model.on(["is_dark", "is_disabled"], () => table.style())
  model.send_msg({ is_ready: true })
  return table.root
}
