// An input with a list of ways to go on, after the ARIA pattern of a combobox.
export function render({ model, el }) {
  const make = (tag, attributes) => {
    const made = document.createElement(tag)
    for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value)
    return made
  }
  const id = `options-${model.label.replace(/\W/g, "-")}`
  const label = make("label", {})
  const caption = make("span", {})
  const input = make("input", {
    type: "search", role: "combobox", autocomplete: "off", spellcheck: "false",
    "aria-expanded": "false", "aria-controls": id, "aria-autocomplete": "list",
    "aria-label": model.label, placeholder: model.placeholder, title: model.help,
  })
  const list = make("ul", { id, role: "listbox", "aria-label": `Completions of ${model.label}` })
  caption.textContent = model.label
  label.append(caption, input)
  let active = -1

  const show = (isShown) => {
    list.hidden = !isShown
    input.setAttribute("aria-expanded", String(isShown))
  }
  const activate = (place) => {
    active = place
    for (const [at, item] of [...list.children].entries()) {
      item.setAttribute("aria-selected", String(at === active))
      item.id = `${id}-${at}`
    }
    if (active < 0) input.removeAttribute("aria-activedescendant")
    else input.setAttribute("aria-activedescendant", `${id}-${active}`)
  }
  const commit = () => {
    show(false)
    model.value = input.value.trim()
  }
  const accept = (place) => {
    const [text, , start] = model.options[place]
    input.value = input.value.slice(0, start) + text + (/\w$|"$/.test(text) && text.includes(":") ? " " : "")
    model.typed = input.value
    show(false)
    input.focus()
  }
  const paint = () => {
    const items = model.options.map(([text, about], place) => {
      const item = make("li", { role: "option" })
      const word = document.createElement("b")
      word.textContent = text
      item.append(word, ` ${about}`)
      item.addEventListener("mousedown", (event) => {
        event.preventDefault()
        accept(place)
      })
      return item
    })
    list.replaceChildren(...items)
    activate(-1)
    const isBusy = input.getRootNode().activeElement === input
    show(items.length > 0 && isBusy && model.typed === input.value && input.value !== model.value)
  }

  input.addEventListener("input", () => { model.typed = input.value })
  input.addEventListener("search", commit)
  input.addEventListener("change", commit)
  input.addEventListener("blur", () => show(false))
  input.addEventListener("keydown", (event) => {
    const n = list.hidden ? 0 : list.children.length
    if (event.key === "Escape" && n) show(false)
    else if (n && event.key === "ArrowDown") activate((active + 1) % n)
    else if (n && event.key === "ArrowUp") activate((active - 1 + n) % n)
    else if (n && active >= 0 && ["Enter", "Tab"].includes(event.key)) accept(active)
    else if (event.key === "Enter") return commit()
    else return undefined
    event.preventDefault()
    return undefined
  })
  model.on("options", paint)
  model.on("value", () => { if (input.value.trim() !== model.value) input.value = model.value })
  input.value = model.value
  show(false)
  el.append(label, list)
}
