import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { answerTo } from './decode-least.ts'

// The least that a server of /track does in Node: it reads the body, decodes the form and the base64, parses the JSON
// and answers 1. start-server.ts starts it in a process of its own, as it does the measured one.

const server = createServer((request, response) => {
  const chunks: Buffer[] = []
  request.on('data', (chunk: Buffer) => chunks.push(chunk))
  request.on('end', () => {
    const answer = answerTo(Buffer.concat(chunks))
    response.writeHead(200, { 'content-type': 'text/plain', 'content-length': answer.length })
    response.end(answer)
  })
})
server.listen(0, '127.0.0.1', () => process.send?.({ port: (server.address() as AddressInfo).port }))
process.on('message', () => process.send?.({ usage: process.resourceUsage() }))
process.once('disconnect', () => {
  server.close()
  server.closeAllConnections()
})
process.on('SIGINT', () => undefined)
