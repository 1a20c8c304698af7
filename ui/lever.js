// A panel of levers. Everything is built as nodes with textContent: the text comes from a model.
const panels = new WeakMap()

function node(tag, attributes = {}, ...children) {
  const made = document.createElement(tag)
  for (const [name, value] of Object.entries(attributes)) {
    if (name === "class") made.className = value
    else if (value === true) made.setAttribute(name, "")
    else if (value !== false && value != null) made.setAttribute(name, value)
  }
  for (const child of children) if (child != null) made.append(child)
  return made
}

// Drawn as paths because a font may lack these symbols.
const SHAPES = {
  help: "M8 1.5a6.5 6.5 0 1 0 0 13a6.5 6.5 0 1 0 0-13M8 7.2v4M8 4.6v.9",
  reset: "M3.2 5.5A5.5 5.5 0 1 1 2.5 9M3 2.2v3.6h3.6",
}

function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg")
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path")
  svg.setAttribute("viewBox", "0 0 16 16")
  svg.setAttribute("aria-hidden", "true")
  path.setAttribute("d", SHAPES[name])
  svg.append(path)
  return svg
}

function say(value, item) {
  if (typeof value === "boolean") return value ? "yes" : "no"
  if (typeof value === "string") return value.replaceAll("_", " ")
  const places = Math.max(0, ...[item.step, value].map((x) => (String(x).split(".")[1] ?? "").length))
  return value.toLocaleString("en-GB", { maximumFractionDigits: Math.min(places, 6) })
}

function same(a, b) {
  return typeof a === "number" && typeof b === "number" ? Math.abs(a - b) < 1e-9 : a === b
}

function unit(value, item) {
  return Math.abs(value) === 1 ? item.unit : item.units
}

// Describe a value relative to the baseline.
function change(item, value) {
  if (item.base == null) return ""
  if (same(value, item.base)) return item.badge ? "same as the model" : "same as the baseline"
  const than = item.badge ? "the model" : "the baseline"
  if (typeof value !== "number") return `${say(item.base, item)} in ${than}`
  const places = Math.min(6, Math.max(...[value, item.base].map((x) => (String(x).split(".")[1] ?? "").length)))
  const difference = Math.abs(value - item.base).toLocaleString("en-GB", { maximumFractionDigits: places })
  return `${value < item.base ? "−" : "+"}${difference} ${unit(Number(difference), item)} against ${than}`
}

class Panel {
  constructor(root) {
    this.root = root
    this.rows = new Map()
    this.pending = new Map() // moves that the server has not answered yet: name -> [value, number]
    this.number = 0
    this.timer = null
    this.last = 0
    this.shape = ""
  }

  render(data, send) {
    this.data = data
    this.send = send
    const parts = ({ value, base, before, badge, ...rest }) => rest
    const shape = JSON.stringify(data.groups.map((g) => [g.name, g.items.map(parts)]))
    if (shape !== this.shape) {
      this.shape = shape
      this.build()
    }
    if (this.number < data.seen) this.number = data.seen
    for (const [name, [, number]] of this.pending) if (number <= data.seen) this.pending.delete(name)
    for (const group of data.groups) {
      for (const item of group.items) {
        const row = this.rows.get(item.name)
        Object.assign(row.item, item)
        const waiting = this.pending.get(item.name)
        row.show(waiting ? waiting[0] : item.value)
      }
    }
    this.count()
  }

  build() {
    const opened = new Map([...this.root.querySelectorAll("details.group")].map((d) => [d.dataset.name, d.open]))
    this.rows.clear()
    this.root.replaceChildren()
    if (this.data.filtered) {
      const filter = node("input", { class: "filter", type: "search", placeholder: "Find by name", "aria-label": "Find by name" })
      filter.oninput = () => this.filter(filter.value)
      this.root.append(filter)
    }
    this.groups = this.data.groups.map((group, place) => {
      const count = node("span", { class: "count" })
      const box = node("details", { class: "group", "data-name": group.name }, node("summary", {}, group.name, count))
      const changed = group.items.some((i) => i.base != null && !same(i.value, i.base))
      box.open = opened.get(group.name) ?? (place < this.data.open || (changed && !this.data.filtered))
      for (const item of group.items) {
        const row = this.row({ ...item })
        this.rows.set(item.name, row)
        box.append(row.element)
      }
      this.root.append(box)
      return { box, count, items: group.items.map((i) => i.name) }
    })
    this.nothing = node("div", { class: "none", hidden: true }, "Nothing of that name.")
    this.root.append(this.nothing)
  }

  filter(text) {
    const words = text.toLowerCase().split(/\s+/).filter(Boolean)
    let found = 0
    for (const { box, items } of this.groups) {
      let shown = 0
      for (const name of items) {
        const { element, item } = this.rows.get(name)
        const hay = `${item.label} ${item.name} ${item.group} ${item.badge}`.toLowerCase()
        element.hidden = !words.every((word) => hay.includes(word))
        shown += element.hidden ? 0 : 1
      }
      box.hidden = shown === 0
      if (words.length && shown) box.open = true
      found += shown
    }
    this.nothing.hidden = found > 0
  }

  count() {
    for (const { count, items } of this.groups) {
      const changed = items.filter((name) => {
        const { item, value } = this.rows.get(name)
        return item.base != null && !same(value, item.base)
      }).length
      count.textContent = changed ? `${changed} changed` : ""
    }
  }

  move(name, value, final) {
    this.number += 1
    this.pending.set(name, [value, this.number])
    this.rows.get(name).show(value)
    this.count()
    clearTimeout(this.timer)
    if (final) return this.report(true)
    if (!this.data.live) return
    const wait = Math.max(0, this.last + this.data.throttle - performance.now())
    this.timer = setTimeout(() => this.report(false), wait)
  }

  report(final) {
    this.last = performance.now()
    const values = Object.fromEntries([...this.pending].map(([name, [value]]) => [name, value]))
    this.send("moves", { values, final, number: this.number })
  }

  row(item) {
    const id = `lever-${item.name}`
    const reset = node("button", { class: "small", type: "button", title: "Back to the scenario's value" }, icon("reset"))
    const help = node("button", { class: "small", type: "button", "aria-expanded": "false", "aria-label": `About ${item.label}`, title: "What it does and where it comes from" }, icon("help"))
    const info = this.info(item)
    help.onclick = () => {
      info.hidden = !info.hidden
      help.setAttribute("aria-expanded", String(!info.hidden))
    }
    const badge = item.badge ? node("span", { class: "badge" }) : null
    const control = item.kind === "option" || item.kind === "boolean" ? this.choice(item, id) : this.slider(item, id)
    const label = control.labelled ? node("span", { class: "label", id: `${id}-label` }, item.label) : node("label", { for: id }, item.label)
    const note = node("span", { class: "change" })
    const element = node("div", { class: "lever", "data-lever": item.name },
      node("div", { class: "head" }, label, reset, help), control.element,
      node("div", { class: "foot" }, badge, note), info)
    reset.setAttribute("aria-label", `Reset ${item.label}`)
    const row = { item, element, value: item.value }
    reset.onclick = () => this.move(item.name, row.item.before, true)
    row.show = (value) => {
      row.value = value
      control.show(value, row.item)
      note.textContent = change(row.item, value)
      note.classList.toggle("moved", row.item.base != null && !same(value, row.item.base))
      reset.style.visibility = same(value, row.item.before) ? "hidden" : "visible"
      if (badge) {
        badge.textContent = row.item.badge + (row.item.doubt ? `, ${row.item.doubt}` : "")
        badge.className = `badge ${row.item.badge}`
      }
    }
    return row
  }

  slider(item, id) {
    const bounded = item.low != null && item.high != null
    const common = { min: item.low, max: item.high }
    const field = node("input", { id, type: "number", ...common, step: "any", inputmode: "decimal" })
    const put = (value, final) => {
      if (!Number.isFinite(value)) return
      const inside = bounded ? Math.min(item.high, Math.max(item.low, value)) : value
      this.move(item.name, item.kind === "whole" ? Math.round(inside) : inside, final)
    }
    field.onchange = () => {
      const text = field.value
      if (text === "") this.rows.get(item.name).show(this.rows.get(item.name).value)
      else put(Number(text), true)
    }
    field.onkeydown = (event) => {
      const turn = { ArrowUp: 1, ArrowDown: -1 }[event.key]
      if (!turn) return
      event.preventDefault()
      put(Number((Number(field.value) + turn * item.step).toPrecision(12)), true)
    }
    const counted = item.unit ? node("span", { class: "unit" }, item.units) : null
    const box = node("div", { class: "field" }, field, counted)
    if (!bounded) return { element: node("div", { class: "line" }, node("span"), box), show: (v) => this.fill(field, v, counted, item) }
    const range = node("input", { type: "range", ...common, step: item.step, "aria-label": `${item.label}, slider` })
    range.oninput = () => put(Number(range.value), false)
    range.onchange = () => put(Number(range.value), true)
    const place = (value) => {
      const part = item.high > item.low ? (value - item.low) / (item.high - item.low) : 0
      return `calc(8px + ${part} * (100% - 16px))`
    }
    const track = node("div", { class: "track" }, range)
    const base = node("div", { class: "tick base", title: "baseline" })
    const buttons = item.points.map(({ label, value }) => {
      const tick = node("div", { class: "tick" })
      tick.style.left = place(value)
      track.append(tick)
      const button = node("button", { type: "button", title: `${say(value, item)} ${unit(value, item)}` }, label)
      button.onclick = () => this.move(item.name, value, true)
      return [button, value]
    })
    track.append(base)
    const quo = item.badge ? null : node("button", { type: "button", title: "Set to the baseline value" }, "baseline")
    if (quo) quo.onclick = () => this.move(item.name, this.rows.get(item.name).item.base, true)
    const chips = [...(quo ? [quo] : []), ...buttons.map(([b]) => b)]
    const points = chips.length ? node("div", { class: "points" }, ...chips) : null
    const element = node("div", {}, node("div", { class: "line" }, track, box), points)
    const show = (value, now) => {
      if (Number(range.value) !== value) range.value = value
      range.style.setProperty("--fill", place(Number(value)))
      range.setAttribute("aria-valuetext", `${say(value, item)} ${unit(value, item)}`)
      this.fill(field, value, counted, item)
      base.style.left = now.base == null ? "-99px" : place(now.base)
      base.style.display = now.base == null ? "none" : ""
      for (const [button, at] of buttons) button.setAttribute("aria-pressed", String(same(at, value)))
      if (quo) {
        quo.hidden = now.base == null || item.points.some((point) => same(point.value, now.base))
        quo.setAttribute("aria-pressed", String(same(now.base, value)))
      }
    }
    return { element, show }
  }

  fill(field, value, counted, item) {
    if (counted) counted.textContent = unit(value, item)
    const active = field.getRootNode().activeElement === field
    if (!(active && field.value !== "" && Number(field.value) === value)) field.value = String(Number(Number(value).toPrecision(10)))
  }

  choice(item, id) {
    const values = item.kind === "boolean" ? [false, true] : item.options
    const words = values.map((v) => say(v, item))
    if (values.length > 3 || words.join("").length > 34) {
      const list = node("select", { id }, ...words.map((w, i) => node("option", { value: i }, w)))
      list.onchange = () => this.move(item.name, values[Number(list.value)], true)
      return { element: list, show: (value) => (list.value = String(values.indexOf(value))) }
    }
    const radios = values.map((value, i) => {
      const radio = node("input", { type: "radio", name: id, value: i })
      radio.onchange = () => this.move(item.name, value, true)
      return radio
    })
    const pills = node("div", { class: "pills", role: "radiogroup", "aria-labelledby": `${id}-label` },
      ...radios.map((radio, i) => node("label", {}, radio, words[i])))
    return { element: pills, labelled: true, show: (value) => radios.forEach((r, i) => (r.checked = values[i] === value)) }
  }

  info(item) {
    const lines = []
    if (item.help) lines.push(node("p", {}, item.help))
    if (item.low != null) lines.push(node("p", {}, `Range ${say(item.low, item)} to ${say(item.high, item)} ${item.units}.`))
    if (item.source) {
      const link = item.url ? node("a", { href: item.url, target: "_blank", rel: "noopener noreferrer" }, item.source) : item.source
      lines.push(node("p", {}, "Source: ", link))
    } else lines.push(node("p", {}, item.badge ? "No external source: this is an assumption of the model." : "No external source: the modeler chose this range."))
    return node("div", { class: "info", hidden: true }, ...lines)
  }
}

// Colours that the theme lacks, mixed from those it has.
function colours(root) {
  const style = root.style
  style.setProperty("--muted", "color-mix(in srgb, var(--st-text-color) 72%, var(--st-background-color))")
  style.setProperty("--rail", "color-mix(in srgb, var(--st-text-color) 28%, var(--st-background-color))")
  style.setProperty("--edge", "color-mix(in srgb, var(--st-text-color) 52%, var(--st-background-color))")
}

export default function (component) {
  const root = component.parentElement.querySelector(".panel")
  if (!root) return
  let panel = panels.get(root)
  if (!panel) {
    colours(root)
    panel = new Panel(root)
    panels.set(root, panel)
  }
  panel.render(component.data, component.setTriggerValue)
}
