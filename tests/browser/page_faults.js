// Finds what is wrong with the page to the eye: each function returns the texts concerned.
window.faults = (() => {
  /** All visible elements, those in shadow trees too. */
  function* everything(root = document) {
    for (const element of root.querySelectorAll("*")) {
      if (element.checkVisibility({ visibilityProperty: true })) yield element
      if (element.shadowRoot) yield* everything(element.shadowRoot)
    }
  }

  const above = (element) => element.assignedSlot ?? element.parentElement
    ?? element.getRootNode().host ?? null
  const ownText = (element) => [...element.childNodes]
    .filter((node) => node.nodeType === Node.TEXT_NODE)
    .map((node) => node.textContent.trim()).join(" ").trim()
  const withText = () => [...everything()]
    .filter((one) => ownText(one) && !["STYLE", "SCRIPT", "OPTION", "TITLE"].includes(one.tagName))
  const elements = (selector) => [...everything()].filter((one) => one.matches(selector))
  const board = () => [...everything()].find((one) => one.matches(".tb-board"))

  function isInside(element, ancestor) {
    for (let one = element; one; one = above(one)) if (one === ancestor) return true
    return false
  }

  /** Where an element's words stand, cut to the boxes around that hide what overflows. */
  function wordsBox(element) {
    const range = document.createRange()
    range.selectNodeContents(element)
    let { left, top, right, bottom } = range.getBoundingClientRect()
    for (let one = element; one; one = above(one)) {
      if (getComputedStyle(one).overflow === "visible") continue
      const box = one.getBoundingClientRect()
      left = Math.max(left, box.left)
      top = Math.max(top, box.top)
      right = Math.min(right, box.right)
      bottom = Math.min(bottom, box.bottom)
    }
    return { left, top, right, bottom, isEmpty: right - left < 1 || bottom - top < 1 }
  }

  /** Texts that are wider than the place they have; FilePond shortens long names of files. */
  function cut() {
    return withText()
      .filter((one) => !one.closest(".filepond--root"))
      .filter((one) => one.clientWidth && one.scrollWidth > one.clientWidth + 1)
      .map((one) => one.textContent.trim())
  }

  /** Lists to choose from whose chosen option has more text than room. */
  function cutChoices() {
    const pen = document.createElement("canvas").getContext("2d")
    const choices = [...everything()].filter((one) => one.tagName === "SELECT")
    return choices.filter((one) => {
      const style = getComputedStyle(one)
      pen.font = style.font
      const text = one.selectedOptions[0]?.textContent ?? ""
      const padding = parseFloat(style.paddingLeft) + parseFloat(style.paddingRight)
      return pen.measureText(text).width > one.clientWidth - padding + 1
    }).map((one) => one.selectedOptions[0].textContent)
  }

  /** Buttons, inputs and texts that stick out of the card in which they are. */
  function outside() {
    const cards = elements(".tb-card").map((card) => [card, card.getBoundingClientRect()])
    const inner = [...elements("button, input, select"), ...withText()]
      .filter((one) => !one.closest(".slick-viewport, .slick-header, .slick-pane, .filepond--root"))
    return inner.filter((one) => {
      const [, card] = cards.find(([card]) => isInside(one, card)) ?? []
      const { left, right } = one.getBoundingClientRect()
      return card && (left < card.left || right > card.right)
    }).map((one) => ownText(one) || one.outerHTML.slice(0, 80))
  }

  /** Pairs of texts that stand on each other. */
  function overlaps() {
    const boxes = withText()
      .map((element) => ({ element, ...wordsBox(element) })).filter((box) => !box.isEmpty)
    const found = []
    boxes.forEach((a, place) => boxes.slice(place + 1).forEach((b) => {
      const isOver = Math.min(a.right, b.right) - Math.max(a.left, b.left) > 2
        && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 3
      const isOne = isInside(a.element, b.element) || isInside(b.element, a.element)
      if (isOver && !isOne) found.push([ownText(a.element), ownText(b.element)])
    }))
    return found
  }

  /** Controls without a name, which a screen reader could only call "button".
   *
   * But for Bokeh's arrows beside a number, whose keys do the same in the input.
   */
  function nameless() {
    const controls = [...everything()].filter((one) => !one.matches(".bk-spin-btn")
      && one.matches("button, input, select, textarea, [role=button], [role=switch]"))
    return controls.filter((one) => {
      const named = one.getAttribute("aria-label") || one.title || one.textContent.trim()
      return !named && !one.labels?.length && one.tabIndex >= 0
    }).map((one) => one.outerHTML.slice(0, 120))
  }

  function channels(color) {
    const pen = document.createElement("canvas").getContext("2d")
    pen.fillStyle = color
    pen.fillRect(0, 0, 1, 1)
    const [red, green, blue, alpha] = pen.getImageData(0, 0, 1, 1).data
    return { rgb: [red, green, blue], alpha: alpha / 255 }
  }

  function groundOf(element) {
    for (let one = element; one; one = above(one)) {
      const { rgb, alpha } = channels(getComputedStyle(one).backgroundColor)
      if (alpha > 0.9) return rgb
    }
    return [255, 255, 255]
  }

  /** Relative luminance by WCAG 2. */
  function luminance(rgb) {
    const [red, green, blue] = rgb.map((one) => one / 255)
      .map((one) => (one <= 0.04045 ? one / 12.92 : ((one + 0.055) / 1.055) ** 2.4))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
  }

  /** Texts with less contrast to their ground than WCAG 2 asks for; disabled ones may be pale. */
  function faint() {
    const found = []
    for (const element of withText()) {
      const disabled = element.closest(":disabled, [disabled]")
      if (disabled || !element.getClientRects().length) continue
      const lights = [channels(getComputedStyle(element).color).rgb, groundOf(element)]
        .map(luminance).sort()
      const contrast = (lights[1] + 0.05) / (lights[0] + 0.05)
      if (contrast < 4.5) found.push(`${ownText(element)} (${contrast.toFixed(1)})`)
    }
    return found
  }

  const background = () => channels(getComputedStyle(board()).backgroundColor).rgb

  /** Whether the board's ground fills the window. */
  function fills() {
    const { left, top, right, bottom } = board().getBoundingClientRect()
    return left <= 0 && top <= 0 && right >= innerWidth && bottom >= innerHeight
  }

  /** Large surfaces that stayed pale in the dark. */
  function palest() {
    const inBoard = [...everything()].filter((one) => isInside(one, board()))
    return inBoard.filter((one) => {
      const { width, height } = one.getBoundingClientRect()
      const { rgb, alpha } = channels(getComputedStyle(one).backgroundColor)
      return alpha > 0.5 && width * height > 400 && luminance(rgb) > 0.5
    }).map((one) => `${one.tagName}.${one.className}`)
  }

  /** What has the focus, through all shadow trees. */
  function focused() {
    let one = document.activeElement
    while (one?.shadowRoot?.activeElement) one = one.shadowRoot.activeElement
    return one?.getAttribute("aria-label") || one?.textContent?.trim() || ""
  }

  /** The name of what has the focus, as its label says it. */
  function labelled() {
    let one = document.activeElement
    while (one?.shadowRoot?.activeElement) one = one.shadowRoot.activeElement
    return one?.labels?.[0]?.textContent.trim() || focused()
  }

  return { labelled, everything, elements, cut, cutChoices, outside, overlaps, nameless, faint, background, fills, palest, focused }
})()
