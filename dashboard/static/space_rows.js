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
    this.label = make("label", "label")
    this.title = make("span", "name")
    this.label.append(this.toggle, this.title)
    this.head.append(this.label)
    this.condition = make("p", "note condition")
    this.error = make("p", "refusal", { id: table.newId(), "aria-live": "polite" })
    this.toggle.addEventListener("change", () => this.switched())
    this.build()
    this.root.append(this.head, this.body, this.buildNote(), this.condition, this.buildDetails())
    this.root.append(this.error)
    this.controls.is_searched = this.toggle
    this.controls.active_when = this.entry.input
    this.controls.preset = this.presets
  }

  /** The quiet line: where the range came from, and the way to the details. */
  buildNote() {
    const note = make("p", "note")
    this.source = make("span", "source")
    this.more = make("button", "more", {
      type: "button", "aria-expanded": "false", "aria-label": `details of ${this.name}`,
    }, "more")
    this.more.addEventListener("click", () => this.unfold(this.details.hidden))
    note.append(this.source, this.more)
    return note
  }

  buildDetails() {
    this.details = make("div", "details", { hidden: "" })
    this.presets = makePresets(`range of ${this.name}`, (word) => this.send("preset", word))
    const send = (text) => this.send("active_when", text)
    const giveUp = () => this.giveUp("active_when")
    const hint = "always, or such as kernel == 'rbf'"
    this.entry = new Entry(`condition of ${this.name}`, hint, send, giveUp)
    const only = make("label", "only")
    only.append(make("span", "", {}, "Only when"), this.entry.input)
    this.details.append(this.presets, only)
    return this.details
  }

  unfold(isOpen) {
    this.details.hidden = !isOpen
    this.more.setAttribute("aria-expanded", isOpen)
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
    this.paintName()
    this.paintNote()
    this.entry.show(this.data.active_when, this.data.errors.active_when)
    this.paintState()
    this.paintErrors()
  }

  paintName() {
    const { label, unit, source, step } = this.data
    const signature = JSON.stringify([label, unit])
    if (signature !== this.signedName) {
      this.signedName = signature
      const title = makeName(this.name, label, unit)
      this.title.replaceWith(title)
      this.title = title
    }
    const lines = [this.name, source && `Range: ${source}`, step && `Step: ${step}`]
    this.title.title = lines.filter(Boolean).join("\n")
  }

  paintNote() {
    const { label, source, step, condition, is_active: isActive } = this.data
    const notes = [label && this.name, source, step && `step ${step}`]
    this.source.textContent = notes.filter(Boolean).join(" · ")
    const now = isActive ? "" : " · inactive now"
    setText(this.condition, condition ? `only when ${condition}${now}` : "")
    this.root.classList.toggle("is-inactive", !isActive)
  }

  paintState() {
    this.root.classList.toggle("is-off", !this.isOn)
  }

  paintErrors() {
    const errors = this.data.errors
    for (const [field, control] of Object.entries(this.controls)) {
      markInvalid(control, field in errors ? this.error : null)
    }
    if ("active_when" in errors) this.unfold(true)
    const text = Object.values(errors).map((error) => error.sentence).join(" ")
    if (this.error.textContent !== text) this.error.textContent = text
  }

  /** Whether the row has a word in its names, for the search. */
  matches(word) {
    return `${this.name}\n${this.data.label}`.toLowerCase().includes(word)
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
    this.chips = make("div", "chip-list")
    const send = (text) => this.send("new_choice", text)
    const giveUp = () => this.giveUp("new_choice")
    this.newChoice = new Entry(`new choice of ${this.name}`, "add a choice", send, giveUp)
    this.body.append(this.chips, this.newChoice.input)
    this.restoreOnEscape("choices", this.body)
    this.controls = {
      value: this.select, choices: this.body, new_choice: this.newChoice.input,
    }
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
    this.newChoice.show("", this.data.errors.new_choice)
    this.newChoice.input.title = 'Read as written: 3, True, None, or text; "3" in quotes is text'
  }

  paintChips() {
    const texts = this.data.choices
    while (this.chips.childElementCount > texts.length) this.chips.lastElementChild.remove()
    texts.forEach((text, index) => {
      const chip = this.chips.children[index] ?? this.addChip(index)
      if (chip.textContent !== text) chip.title = chip.textContent = text
      chip.setAttribute("aria-pressed", this.kept.has(index))
    })
  }

  addChip(index) {
    const chip = make("button", "chip", { type: "button" })
    chip.addEventListener("click", () => this.toggled(index))
    this.chips.append(chip)
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
