const MANY_ROWS = 12

/** Above the rows: undo and redo, presets for all, and a search where there are many. */
class Bar {
  constructor(table) {
    this.table = table
    this.root = make("div", "bar")
    this.tools = make("div", "tools")
    this.undo = this.arrow("undo", false)
    this.redo = this.arrow("redo", true)
    this.presets = makePresets("range of all searched", (word) => table.command("preset", word))
    this.tools.append(make("span", "caption", {}, "All ranges"), this.presets, this.undo, this.redo)
    this.error = make("p", "refusal", { "aria-live": "polite" })
    this.search = make("input", "search", {
      type: "search", placeholder: "Find a hyper-parameter", autocomplete: "off",
      spellcheck: "false", "aria-label": "Find a hyper-parameter", hidden: "",
    })
    this.search.addEventListener("input", () => table.arrange())
    this.root.append(this.tools, this.error, this.search)
  }

  /** A button that keeps the focus when there is nothing left to do. */
  arrow(field, isToTheRight) {
    const button = make("button", "arrow", { type: "button" })
    button.append(makeArrow(isToTheRight))
    button.addEventListener("click", () => this.step(button, field))
    return button
  }

  step(button, field) {
    const hasStep = button.getAttribute("aria-disabled") !== "true"
    if (hasStep && !this.table.isDisabled) this.table.command(field)
  }

  /** Ctrl+Z and Ctrl+Shift+Z, but while a text is being typed, which has an undo of its own.
   *
   * In a text where nothing was typed the browser would undo what was typed in another.
   */
  pressed(event) {
    const key = event.key.toLowerCase()
    const isTyping = event.target === this.typed || event.target === this.search
    if (!(event.ctrlKey || event.metaKey) || event.altKey || isTyping) return
    const isRedo = key === "y" || (key === "z" && event.shiftKey)
    if (!isRedo && key !== "z") return
    event.preventDefault()
    this.step(isRedo ? this.redo : this.undo, isRedo ? "redo" : "undo")
  }

  paint(frame) {
    this.paintArrow(this.undo, "Undo", frame.undo)
    this.paintArrow(this.redo, "Redo", frame.redo)
    setText(this.error, frame.preset_error)
  }

  paintArrow(button, verb, words) {
    const title = words ? `${verb}: ${words}` : `Nothing to ${verb.toLowerCase()}`
    button.title = title
    button.setAttribute("aria-label", title)
    button.setAttribute("aria-disabled", words === "")
  }

  /** The word that is looked for; there is a search above so many rows. */
  word(nRows) {
    this.tools.hidden = nRows === 0
    this.search.hidden = nRows <= MANY_ROWS
    return this.search.hidden ? "" : this.search.value.trim().toLowerCase()
  }
}

/** Below the rows: the constraints, each a text that can be edited, and one to add. */
class Rules {
  constructor(table) {
    this.table = table
    this.root = make("div", "rules", { role: "group", "aria-label": "Constraints" })
    this.list = make("div")
    this.items = []
    this.added = this.newItem(true)
    this.root.append(make("p", "caption", {}, "Constraints"), this.list, this.added.root)
  }

  newItem(isAdded = false) {
    const item = { before: "", root: make("div", "rule") }
    const label = isAdded ? "add a constraint" : `constraint ${this.items.length + 1}`
    const send = (after) => this.table.command("constraint", { before: item.before, after })
    const giveUp = () => this.table.command("give_up", item.before)
    item.entry = new Entry(label, isAdded ? "add one, such as a < 2 * b" : "", send, giveUp)
    item.error = make("p", "refusal", { id: this.table.newId(), "aria-live": "polite" })
    item.remove = make("button", "remove", { type: "button", hidden: "" }, "×")
    item.remove.addEventListener("click", () => send(""))
    item.mark = make("p", "mark", { hidden: "" }, "not met by the current values")
    const line = make("div", "line-of-rule")
    line.append(item.entry.input, item.remove)
    item.root.append(line, item.mark, item.error)
    return item
  }

  paint({ constraints, errors }) {
    while (this.items.length > constraints.length) this.items.pop().root.remove()
    constraints.forEach(({ text, is_broken: isBroken }, place) => {
      if (place === this.items.length) {
        this.items.push(this.newItem())
        this.list.append(this.items[place].root)
      }
      const item = this.items[place]
      item.remove.hidden = false
      item.remove.title = `Remove ${text}`
      item.remove.setAttribute("aria-label", `remove constraint ${text}`)
      item.mark.hidden = !isBroken
      item.root.classList.toggle("is-broken", isBroken)
      this.paintItem(item, text, errors[text])
    })
    this.paintItem(this.added, "", errors[""])
  }

  paintItem(item, text, error) {
    item.before = text
    item.entry.show(text, error)
    markInvalid(item.entry.input, error ? item.error : null)
    setText(item.error, error ? error.sentence : "")
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
    this.bar = new Bar(this)
    this.rules = new Rules(this)
    this.empty = make("p", "empty", { hidden: "" })
    this.legend = make("div", "legend", { "aria-hidden": "true" })
    this.legend.append(make("span", "", {}, "Searched"), make("span", "", {}, "Value now"))
    this.list = make("div", "list")
    this.fold = make("details", "fold")
    this.summary = make("summary")
    this.folded = make("div", "list")
    this.fold.append(this.summary, this.folded)
    this.root.append(this.bar.root, this.empty, this.legend, this.list, this.fold)
    this.root.append(this.rules.root)
    this.root.addEventListener("keydown", (event) => this.bar.pressed(event))
    this.root.addEventListener("input", (event) => {
      if (event.target.matches("input:not([type=checkbox])")) this.bar.typed = event.target
    })
    const isOver = () => { this.bar.typed = null }
    this.root.addEventListener("focusout", isOver)
    const endsTyping = (event) => ["Enter", "Escape"].includes(event.key) && isOver()
    this.root.addEventListener("keydown", endsTyping, { capture: true })
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

  /** Ask for something that concerns the whole list. */
  command(field, value = null) {
    this.asked = this.send({ name: "", field, value })
  }

  updateFrame() {
    const frame = this.model.frame
    this.bar.paint(frame)
    if (!(this.asked > (frame.answers[CLIENT] ?? 0))) this.rules.paint(frame)
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
    const word = this.bar.word(this.order.length)
    for (const row of this.order) row.root.hidden = !row.matches(word)
    this.rules.root.hidden = this.order.length === 0
    const isShown = (row) => row.isOn || this.lingering.has(row.name)
    const shown = this.order.filter(isShown)
    const others = this.order.filter((row) => !isShown(row))
    this.place(this.list, shown)
    this.place(this.folded, others)
    const found = (rows) => rows.filter((row) => !row.root.hidden)
    const n = found(others).length
    this.summary.textContent = `${n} more ${n === 1 ? "hyper-parameter" : "hyper-parameters"}`
    this.fold.hidden = n === 0
    this.openFold(word !== "", shown.length === 0)
    this.empty.hidden = found(shown).length > 0 || (word !== "" && n > 0)
    this.legend.hidden = found(shown).length === 0
    this.empty.textContent = this.whyEmpty(word, others)
  }

  /** Open what is folded while it is looked through, and when nothing is searched. */
  openFold(isLookedFor, isNothingSearched) {
    if (isLookedFor && !this.wasLookedFor) this.wasOpen = this.fold.open
    if (isLookedFor) this.fold.open = true
    else if (this.wasLookedFor) this.fold.open = this.wasOpen
    else if (isNothingSearched && this.empty.hidden) this.fold.open = true
    this.wasLookedFor = isLookedFor
  }

  whyEmpty(word, others) {
    if (word !== "") return "No hyper-parameter is called like that."
    return others.length > 0
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
  table.updateFrame()
  model.on("rows", () => table.update())
  model.on("frame", () => table.updateFrame())
  model.on(["is_dark", "is_disabled"], () => table.style())
  model.send_msg({ is_ready: true })
  return table.root
}
