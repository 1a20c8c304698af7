// Puts the live page into a page of Streamlit. Its script is loaded once; addresses are relative to the
// scripts of Streamlit, so they keep the path that a proxy puts before them.

const mounted = new WeakMap()
const home = () => new URL("../../", document.querySelector("script[src*='static/js/']").src)

export default async function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".fl-root")
  if (!root) return
  root.dataset.theme = data.theme
  const known = mounted.get(root)
  // A call that still loads when the next one comes is cleaned up after it: the page is the next one's then.
  const call = Symbol()
  const close = () => {
    const now = mounted.get(root)
    if (now?.call === call || !root.isConnected) now?.close()
  }
  if (known?.key === data.key) {
    Object.assign(known, { call, data, tell: setTriggerValue })
    known.page?.show(data.tab)
    return close
  }
  known?.close()
  const made = { call, key: data.key, data, tell: setTriggerValue, close: () => (made.closed = true) }
  mounted.set(root, made)
  root.dataset.state = "loading"
  const app = await import(new URL(data.script, home()))
  if (mounted.get(root) !== made || made.closed) return
  parentElement.querySelector("style").textContent = app.default.style
  await open(app, root, made)
  return close
}

async function open(app, root, made) {
  const { document: address, session, questions, visit, tab, ...start } = made.data
  const answer = await fetch(new URL(address, home()))
  if (!answer.ok) throw new Error(`the study cannot be loaded (${answer.status}): reload the page`)
  // What stands below on Drivers is drawn by the server for the setting shown.
  const arrived = () => made.data.follow && made.tell("moved", true)
  const { view, undo, redo, pins, look } = start
  const known = { visit, view, undo, redo, pins, look }
  const sending = sender(new URL(session, home()), JSON.stringify(known), arrived)
  const page = await app.mount(root, {
    document: await answer.json(),
    worker: app.default.worker,
    home: "streamlit",
    tab,
    ...{ view, undo, redo, pins, look },
    onState: (state) => sending.send({ visit, ...state }),
    ask: asker(new URL(questions, home())),
    go: (part) => sending.done().then(() => made.tell("go", part)),
  })
  // A part is in sight at once; the server follows with what stands below it.
  const turn = (event) => {
    const link = event.composedPath().find((one) => one.matches?.(".st-key-pages a"))
    const part = link && made.data.parts[new URL(link.href).pathname.split("/").pop()]
    if (part && !(event.ctrlKey || event.metaKey || event.shiftKey)) page.show(part)
  }
  document.addEventListener("click", turn, true)
  made.close = () => {
    made.closed = true
    document.removeEventListener("click", turn, true)
    sending.close()
    page.close()
  }
  if (made.closed) return made.close()
  made.page = page
  page.show(made.data.tab) // the visitor may have turned to another part meanwhile
}

// Tells the server the state. A click elsewhere on the page waits until it has arrived: the script that
// then runs has to know it.
function sender(address, known, arrived) {
  let [waiting, sent, last] = [null, null, known]
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
    arrived()
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
  const close = () => document.removeEventListener("click", hold, true)
  return { send, close, done: async () => await sent }
}

// Asks the server what only it can answer; a fault is an answer too.
function asker(address) {
  return async (kind, question) => {
    const body = JSON.stringify({ kind, question })
    try {
      const answer = await fetch(address, { method: "POST", body })
      return await answer.json()
    } catch {
      return { error: "the server did not answer: try again, or reload the page" }
    }
  }
}
