import { readFile } from 'node:fs/promises'
import { createServer, type ServerResponse } from 'node:http'
import { fileURLToPath } from 'node:url'

const DIST = new URL('../../../node_modules/mixpanel-browser/dist/', import.meta.url)

/** A customer's web site: pages of another origin than the server's, with the SDK's files as npm has them. */
export interface Site {
  readonly url: string
  readonly close: () => Promise<void>
}

const MODULE = `<script type="module">import mixpanel from '/mixpanel.module.js'; window.mixpanel = mixpanel</script>`

/**
 * A page that imports the SDK, as bundlers do; one with things to click and fill in, and where these lead; and one
 * with the snippet that loads the SDK: `#token,api_host`.
 */
const PAGES: Readonly<Record<string, string>> = {
  '/': MODULE,
  '/shop': `${MODULE}<a id="link" href="/thanks">Thanks</a> <button id="buy">Buy</button>
    <form id="search" action="/thanks"><input name="q"><button>Search</button></form>
    <div style="height: 4000px"></div>`,
  '/thanks': 'Thank you.',
  '/snippet': `<script>MIXPANEL_CUSTOM_LIB_URL = '/mixpanel.min.js'</script>
    <script src="/mixpanel-jslib-snippet.min.js"></script>
    <script>
      const [token, api_host] = location.hash.slice(1).split(',')
      mixpanel.init(token, { api_host, batch_flush_interval_ms: 100 })
      mixpanel.track('Tracked early', { n: 1 })
    </script>`,
}

/** Serves the site on a free loopback port. */
export async function startSite(): Promise<Site> {
  const server = createServer((request, response) => {
    const path = request.url ?? '/'
    if (path.startsWith('/engage/')) return void response.end('1')
    const page = PAGES[path.split('?', 1)[0] ?? '']
    if (page === undefined) return void sendScript(path.slice(1), response)
    // An icon of no bytes, so that the browser does not ask for one.
    const head = '<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,"><title>Shop</title>'
    response.setHeader('content-type', 'text/html').end(`${head}<body>${page}</body>`)
  })
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  const address = server.address()
  const port = typeof address === 'object' ? address?.port : undefined
  return {
    url: `http://127.0.0.1:${port}`,
    close: () =>
      new Promise((closed) => {
        server.close(() => closed())
        server.closeAllConnections()
      }),
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
