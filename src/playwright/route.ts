import * as http from 'node:http'
import type { BrowserContext, Route } from '@playwright/test'
import { isAmong } from './hosts.ts'
import type { Relay } from './relay.ts'

/**
 * Routes the requests of a context to the relay where the browser cannot be started with it. Playwright does not see
 * what a page sends while it is left or closed.
 */
export async function routeContext(
  context: BrowserContext,
  relay: Pick<Relay, 'port'>,
  hosts: readonly string[],
): Promise<void> {
  await context.route(
    ({ host }) => isAmong(hosts, host),
    (route) => relayRoute(route, relay),
  )
}

async function relayRoute(route: Route, { port }: Pick<Relay, 'port'>): Promise<void> {
  const request = route.request()
  const { host, pathname, search } = new URL(request.url())
  const headers = { ...(await request.allHeaders()), host }
  const body = request.postDataBuffer()
  try {
    const answer = await send({ port, method: request.method(), path: pathname + search, headers }, body)
    await route.fulfill(answer)
  } catch {
    // The page, or the relay, has gone meanwhile: in no case may the request go on.
    await route.abort().catch(() => {})
  }
}

interface Answer {
  readonly status: number
  readonly headers: Record<string, string>
  readonly body: Buffer
}

function send(options: http.RequestOptions, body: Buffer | null): Promise<Answer> {
  return new Promise((answered, failed) => {
    const sent = http.request({ host: '127.0.0.1', agent: false, ...options }, (answer) => {
      const chunks: Buffer[] = []
      answer.on('data', (chunk: Buffer) => chunks.push(chunk))
      answer.once('error', failed)
      answer.once('end', () => {
        const headers = Object.entries(answer.headers).flatMap(([name, value]) =>
          value === undefined || name === 'transfer-encoding' ? [] : [[name, String(value)]],
        )
        answered({
          status: answer.statusCode ?? 502,
          headers: Object.fromEntries(headers),
          body: Buffer.concat(chunks),
        })
      })
    })
    sent.once('error', failed)
    sent.end(body)
  })
}
