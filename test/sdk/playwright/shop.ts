import { readFile } from 'node:fs/promises'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'

const DIST = new URL('../../../node_modules/mixpanel-browser/dist/', import.meta.url)

/** The token in the app, which its tests do not change. */
const REAL_TOKEN = '5d8f1c0a9b7e4f2385d1c6a0e7b94f21'

const SIGN_UP = `
  document.body.innerHTML = '<button>Sign up</button> <a href="/thanks">Thanks</a>'
  document.querySelector('button').onclick = () => {
    mixpanel.identify('charlie')
    mixpanel.people.set({ plan: 'pro' })
    mixpanel.track('Signed up', { plan: 'pro' })
  }
  mixpanel.track('Viewed')`

/** The configuration of the SDK is in the address: \`/?{"flags":true}\`. */
const INIT = `mixpanel.init('${REAL_TOKEN}', JSON.parse(decodeURIComponent(location.search.slice(1)) || '{}'))`

/** Sends one event from each kind of worker, and one as a blob. */
const WORKERS = `
  const bodyOf = (event) => 'data=' + encodeURIComponent(JSON.stringify({ event,
    properties: { token: '${REAL_TOKEN}', distinct_id: 'u' } }))
  const urlOf = (event) => URL.createObjectURL(new Blob(["fetch('https://api-js.mixpanel.com/track', { method: 'POST', body: '" +
    bodyOf(event) + "' })"], { type: 'text/javascript' }))
  new Worker(urlOf('from a worker'))
  new SharedWorker(urlOf('from a shared worker'))
  navigator.serviceWorker.register('/service-worker.js')
  navigator.sendBeacon('https://api-js.mixpanel.com/track',
    new Blob([bodyOf('from a blob')], { type: 'application/x-www-form-urlencoded' }))`

const SERVICE_WORKER = `fetch('https://api-js.mixpanel.com/track', { method: 'POST', body: 'data=' +
  encodeURIComponent(JSON.stringify({ event: 'from a service worker', properties: { token: '${REAL_TOKEN}', distinct_id: 'u' } })) })`

/** The app: a page with the SDK in it, one that loads it by Mixpanel's snippet, and one without. */
const PAGES: Readonly<Record<string, string>> = {
  '/': `<body><script type="module">import mixpanel from '/mixpanel.module.js'
    window.mixpanel = mixpanel; ${INIT}; ${SIGN_UP}</script>`,
  '/snippet': `<body><script src="/mixpanel-jslib-snippet.min.js"></script><script>${INIT}; ${SIGN_UP}</script>`,
  '/workers': `<script>${WORKERS}</script>`,
  '/thanks': 'Thank you.',
}

/** An app that runs. */
export interface Shop {
  readonly url: string
  readonly close: () => void
}

/** Serves the app on a free loopback port. */
export async function startShop(): Promise<Shop> {
  const server = createServer((request, response) => {
    const path = (request.url ?? '/').replace(/\?.*/s, '')
    if (path === '/service-worker.js') {
      return void response.setHeader('content-type', 'text/javascript').end(SERVICE_WORKER)
    }
    const page = PAGES[path]
    if (page === undefined) return void sendScript(path.slice(1), response)
    const head = '<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,"><title>Shop</title>'
    response.setHeader('content-type', 'text/html').end(head + page)
  })
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://localhost:${port}`,
    close: () => {
      server.close()
      server.closeAllConnections()
    },
  }
}

async function sendScript(name: string, response: ServerResponse): Promise<void> {
  try {
    if (!/^[\w.-]+\.js$/.test(name)) throw new Error(`no such file: ${name}`)
    const script = await readFile(fileURLToPath(new URL(name, DIST)))
    response.setHeader('content-type', 'text/javascript').end(script)
  } catch {
    response.writeHead(404).end()
  }
}
