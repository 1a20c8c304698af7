// Puts the live page, or the levers alone, into a page of Streamlit. Both come from one script of the
// server, which is loaded once; addresses are relative to the scripts of Streamlit, so they keep the path
// that a proxy puts before them.

const mounted = new WeakMap()
const home = () => new URL("../../", document.querySelector("script[src*='static/js/']").src)

export default async function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".fl-root")
  if (!root) return
  root.dataset.theme = data.theme
  const known = mounted.get(root)
  const close = () => mounted.get(root)?.close()
  if (known?.key === data.key) {
    known.update?.(data, setTriggerValue)
    return close
  }
  known?.close()
  const made = { key: data.key, close: () => (made.closed = true) }
  mounted.set(root, made)
  const app = await import(new URL(data.script, home()))
  if (mounted.get(root) !== made || made.closed) return
  parentElement.querySelector("style").textContent = app.default.style
  if (data.document) await explore(app, root, data, made)
  else levers(app, root, data, made)
  made.update?.(data, setTriggerValue)
  return close
}

async function explore(app, root, { document: address, session, visit, view, undo, redo }, made) {
  root.dataset.state = "loading"
  const answer = await fetch(new URL(address, home()))
  if (!answer.ok) throw new Error(`the study cannot be loaded (${answer.status}): reload the page`)
  const sending = sender(new URL(session, home()))
  const page = await app.mount(root, {
    document: await answer.json(),
    worker: app.default.worker,
    home: "streamlit",
    ...{ view, undo, redo },
    onState: (state) => sending.send({ visit, ...state }),
  })
  const close = () => {
    sending.close()
    page.close()
  }
  if (made.closed) close()
  made.close = close
}

// Tells the server the state. A click elsewhere on the page waits until it has arrived: the script that
// then runs has to know it.
function sender(address) {
  let [waiting, sent, last] = [null, null, ""]
  const send = (state) => {
    const body = JSON.stringify(state)
    if (body === last) return
    waiting = last = body
    sent ??= flush()
  }
  async function flush() {
    while (waiting !== null) {
      const body = waiting
      waiting = null
      await fetch(address, { method: "POST", body, keepalive: body.length < 60_000 }).catch(() => {})
    }
    sent = null
  }
  async function hold(event) {
    if (!sent || !event.isTrusted) return
    const [target] = event.composedPath()
    event.preventDefault()
    event.stopImmediatePropagation()
    await sent
    target.dispatchEvent(new MouseEvent("click", event))
  }
  document.addEventListener("click", hold, true)
  return { send, close: () => document.removeEventListener("click", hold, true) }
}

// The server answers a move with all values; those of moves that it does not know yet stay as they are.
function levers(app, root, { filtered, openGroups }, made) {
  const panel = app.createLevers({ words: app.default.words }, { filtered, openGroups })
  const pending = new Map()
  let [number, tell] = [0, null]
  root.replaceChildren(panel.element)
  panel.onMove((name, value, final) => {
    if (!final) return
    const changes = typeof value === "object" ? value : { [name]: value } // of all members together
    for (const [cell, at] of Object.entries(changes)) pending.set(cell, [at, ++number])
    const values = Object.fromEntries([...pending].map(([key, [moved]]) => [key, moved]))
    tell("moves", { values, number })
  })
  made.update = (data, setTriggerValue) => {
    tell = setTriggerValue
    number = Math.max(number, data.seen)
    for (const [name, [, at]] of pending) if (at <= data.seen) pending.delete(name)
    const moved = Object.fromEntries([...pending].map(([name, [value]]) => [name, value]))
    panel.update({ ...data, values: { ...data.values, ...moved } })
  }
}
