// Numbers the lines of a text area of Streamlit: a column of its own lies over its left margin and scrolls in
// step. Nothing is added to the text area itself, which belongs to Streamlit.

const watches = new WeakMap()

export default function ({ data, parentElement }) {
  const faults = parentElement.querySelector(".faults")
  const gutter = parentElement.querySelector(".gutter")
  const area = () => document.querySelector(`.st-key-${data.area} textarea`)
  watches.get(gutter)?.()
  const wrong = new Map(data.faults.map(({ line, message }) => [line, message]))
  faults.replaceChildren(
    ...data.faults.map(({ line, message }) => {
      const button = document.createElement("button")
      button.type = "button"
      button.textContent = `Line ${line}: ${message}`
      button.onclick = () => select(area(), line)
      return button
    }),
  )
  let drawn = ""
  const draw = () => {
    const field = area()
    if (!field) return
    const style = getComputedStyle(field)
    const box = field.getBoundingClientRect()
    const home = (gutter.offsetParent ?? document.body).getBoundingClientRect()
    Object.assign(gutter.style, {
      ...{ left: `${box.left - home.left}px`, top: `${box.top - home.top}px`, height: `${box.height}px` },
      ...{ fontFamily: style.fontFamily, fontSize: style.fontSize, lineHeight: style.lineHeight },
      ...{ paddingTop: style.paddingTop, width: `calc(${style.paddingLeft} - 6px)` },
    })
    const count = field.value.split("\n").length
    const mark = `${count} ${[...wrong.keys()]}`
    if (mark !== drawn) {
      drawn = mark
      gutter.replaceChildren(...Array.from({ length: count }, (_, i) => numberOf(i + 1, wrong.has(i + 1))))
    }
    gutter.scrollTop = field.scrollTop
  }
  const timer = setInterval(draw, 200) // Streamlit puts in another text without an event
  const onScroll = (event) => event.target === area() && draw()
  document.addEventListener("scroll", onScroll, true)
  document.addEventListener("input", onScroll, true)
  const stop = () => {
    clearInterval(timer)
    document.removeEventListener("scroll", onScroll, true)
    document.removeEventListener("input", onScroll, true)
  }
  watches.set(gutter, stop)
  draw()
  return stop
}

function numberOf(line, isWrong) {
  const element = document.createElement(isWrong ? "b" : "div")
  element.textContent = String(line)
  return element
}

// Put the cursor over a line, and the line into sight.
function select(field, line) {
  if (!field) return
  const lines = field.value.split("\n")
  const start = lines.slice(0, line - 1).reduce((sum, one) => sum + one.length + 1, 0)
  field.focus()
  field.setSelectionRange(start, start + (lines[line - 1] ?? "").length)
  const height = parseFloat(getComputedStyle(field).lineHeight)
  field.scrollTop = Math.max(0, (line - 1) * height - field.clientHeight / 2)
  field.scrollIntoView({ block: "nearest" })
}
