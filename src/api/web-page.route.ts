import { fileURLToPath } from 'node:url'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { PACKAGE_ROOT } from '../package-root.ts'
import { type PageFile, PageFolder } from './page-folder.ts'
import { addRoute } from './routing/add-routes.ts'
import { PAGE, PAGE_ASSET } from './web-page.shape.ts'

const BUILT = fileURLToPath(new URL('dist/page', PACKAGE_ROOT))

/** The page may only connect to this server, only runs its own code, and cannot be framed. */
const SAFETY = {
  'content-security-policy':
    "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; object-src 'none'",
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
}
/** The names of assets contain a hash of their contents. */
const FOR_EVER = 'public, max-age=31536000, immutable'

const NOT_BUILT = `<!doctype html><html lang="en"><meta charset="utf-8"><title>Twinpanel</title>
<h1>The page is not built yet</h1>
<p>The install builds it, unless it was told to run no scripts. In Twinpanel’s folder run <code>npm run build</code>,
then load this page again. The server itself and its API under <code>/_twin/</code> work without it.</p></html>
`

/** `/_twin/`: the web page. Open to everybody: it contains no data, and uses the API like any other client. */
export function addPageRoutes(app: FastifyInstance, folder = BUILT): void {
  const page = new PageFolder(folder)
  addRoute(
    app,
    PAGE,
    async (request, reply) => {
      const index = (await page.read())?.get('index.html')
      reply.headers(SAFETY).header('cache-control', 'no-cache')
      if (index === undefined) return await reply.code(503).type('text/html; charset=utf-8').send(NOT_BUILT)
      return sendFile(request, reply, index)
    },
    { exposeHeadRoute: true },
  )
  addRoute(app, PAGE_ASSET, async (request, reply) => {
    const file = (await page.read())?.get(`assets/${request.params.name}`)
    if (file === undefined) return reply.callNotFound()
    return sendFile(request, reply.headers(SAFETY).header('cache-control', FOR_EVER), file)
  })
}

function sendFile(request: FastifyRequest, reply: FastifyReply, file: PageFile): FastifyReply {
  reply.headers({ etag: file.etag, vary: 'Accept-Encoding', 'content-type': file.contentType })
  if (request.headers['if-none-match'] === file.etag) return reply.code(304).send()
  const takesGzip = /\bgzip\b/i.test(String(request.headers['accept-encoding'] ?? ''))
  return takesGzip ? reply.header('content-encoding', 'gzip').send(file.gzipped) : reply.send(file.bytes)
}
