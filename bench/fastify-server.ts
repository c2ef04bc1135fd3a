import type { AddressInfo } from 'node:net'
import Fastify from 'fastify'
import { answerTo } from './decode-least.ts'

// The same as bare-server.ts in Fastify, without hooks, log or CORS: what a server that is built on Fastify can reach.

const app = Fastify({ routerOptions: { ignoreTrailingSlash: true } })
app.removeAllContentTypeParsers()
app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body))
app.post<{ Body: Buffer }>('/track', (request, reply) => {
  reply.header('content-type', 'text/plain').send(answerTo(request.body))
})
await app.listen({ host: '127.0.0.1', port: 0 })
process.send?.({ port: (app.server.address() as AddressInfo).port })
process.on('message', () => process.send?.({ usage: process.resourceUsage() }))
process.once('disconnect', () => app.close())
process.on('SIGINT', () => undefined)
