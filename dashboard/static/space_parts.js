// The list of hyper-parameters, SpaceTable in Python, in three files that are sent as one module:
// its parts, its rows, and the list. Python is the truth: an edit is sent, and what it concerns is
// painted again from the answer, in place, so that another input keeps its text and focus.

const CLIENT = Math.random().toString(36).slice(2)
const UNSET = "as in your code"
const STEPS_DOWN = { ArrowLeft: -1, ArrowDown: -1, PageDown: -10 }
const STEPS_UP = { ArrowRight: 1, ArrowUp: 1, PageUp: 10 }
const SETTLE_MS = 400
const MAX_CHARACTERS = 7
const PRESETS = {
  wide: "Twice as wide as at first",
  balanced: "The range as it was at first",
  narrow: "A quarter as wide, around the current value",
}

/** Make an element; `text` and attributes only, so that no name is ever read as markup. */
function make(tag, className = "", attributes = {}, text = "") {
  const element = document.createElement(tag)
  if (className) element.className = className
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value)
  if (text) element.textContent = text
  return element
}

/** Write a number as Python's side does: in full where it is short, else by some digits. */
function numberText(number) {
  const write = (one) => {
    const isSmall = one !== 0 && Math.abs(one) < 1e-4
    return isSmall ? one.toExponential() : String(one)
  }
  if (write(number).length <= MAX_CHARACTERS) return write(number)
  let text = ""
  for (const digits of [4, 3, 2]) {
    const short = Number(number.toPrecision(digits))
    const ways = [write(short), short.toExponential().replace("e+", "e")]
    text = ways.find((one) => one.length <= MAX_CHARACTERS) ?? ways[1]
    if (text.length <= MAX_CHARACTERS) break
  }
  return text
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
function makeName(name, label, unit) {
  const element = make("span", label ? "name labelled" : "name")
  if (label) element.textContent = label
  else element.append(...namePieces(name))
  if (unit) element.append(make("span", "unit", {}, ` (${unit})`))
  return element
}

// Longer ones have the way to their last part on a line of its own.
const MAX_ON_A_LINE = 18

function namePieces(name) {
  const cut = name.lastIndexOf("__")
  const isNested = cut > 0 && cut + 2 < name.length
  const last = isNested ? name.slice(cut + 2) : name
  const kept = last.length > 10 ? 5 : 0
  const pieces = []
  if (isNested) {
    const prefix = make("span", "prefix", {}, name.slice(0, cut))
    if (name.length > MAX_ON_A_LINE) prefix.classList.add("long")
    pieces.push(prefix, make("span", "joint", {}, "__"))
  }
  const tail = make("span", "last")
  tail.append(make("span", "start", {}, last.slice(0, last.length - kept)))
  if (kept) tail.append(make("span", "end", {}, last.slice(-kept)))
  return [...pieces, tail]
}

/** Write a text or an attribute only where it is news: a screen reader says it again else. */
function setText(element, text) {
  if (element.textContent !== text) element.textContent = text
  element.hidden = text === ""
}

/** A curved arrow, to the left or to the right. */
function makeArrow(isToTheRight) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg")
  svg.setAttribute("viewBox", "0 0 16 16")
  svg.setAttribute("aria-hidden", "true")
  if (isToTheRight) svg.classList.add("mirrored")
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path")
  path.setAttribute("d", "M6 2.5 2.5 6 6 9.5M2.5 6h7a4 4 0 0 1 0 8H6")
  svg.append(path)
  return svg
}

/** Three buttons for ranges around the value; `send` gets the word. */
function makePresets(label, send) {
  const group = make("div", "presets", { role: "group", "aria-label": label })
  for (const [word, title] of Object.entries(PRESETS)) {
    const button = make("button", "preset", { type: "button", title }, word)
    button.addEventListener("click", () => send(word))
    group.append(button)
  }
  return group
}

/** A line of text that is sent on Enter or when left; a refused one stays until mended. */
class Entry {
  constructor(label, placeholder, send, giveUp) {
    this.send = send
    this.giveUp = giveUp
    this.given = ""
    this.shown = ""
    this.input = make("input", "entry", {
      type: "text", autocomplete: "off", spellcheck: "false", "aria-label": label, placeholder,
    })
    this.input.addEventListener("blur", () => this.commit())
    this.input.addEventListener("keydown", (event) => {
      if (event.key === "Enter") this.commit()
      else if (event.key === "Escape") this.restore(event)
    })
  }

  commit() {
    const text = this.input.value.trim()
    if (text === this.shown) return
    this.shown = text
    if (text !== this.given) this.send(text)
    else if (this.isRefused) this.giveUp()
  }

  restore(event) {
    if (!this.isRefused && this.input.value === this.given) return
    event.stopPropagation()
    this.input.value = this.shown = this.given
    if (this.isRefused) this.giveUp()
  }

  /** Show what holds, or the refused attempt; what is being typed stays. */
  show(given, error) {
    const isBeingTyped = this.input.value.trim() !== this.shown
    this.isRefused = Boolean(error)
    this.given = given
    this.shown = error ? error.attempt : given
    if (!isBeingTyped) this.input.value = this.shown
    this.input.title = this.shown
  }
}

function markInvalid(control, error) {
  if (error) {
    control.setAttribute("aria-invalid", "true")
    control.setAttribute("aria-describedby", error.id)
  } else {
    control.removeAttribute("aria-invalid")
    control.removeAttribute("aria-describedby")
  }
}
