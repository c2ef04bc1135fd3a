import { IncomingMessage } from 'node:http'
import { Socket } from 'node:net'
import { expect, it } from 'vitest'
import { describeRequests } from '../../../src/cli/print-requests.ts'
import { Journal } from '../../../src/intercept/journal.ts'

it('the end of a run says what was sent, what was refused, and what to do', () => {
  const journal = new Journal()
  const own = new IncomingMessage(new Socket())
  journal.count({ outcome: 'answered', method: 'POST', host: 'api.mixpanel.com', path: '/track' }, own)
  journal.hasTokens(own, ['my-app'])
  journal.wasUnauthorized(own)
  journal.count({ outcome: 'refused', method: 'CONNECT', host: 'example.com', path: '' })
  journal.count({ outcome: 'untrusted', method: 'CONNECT', host: 'api-js.mixpanel.com', path: '' })
  journal.count({ outcome: 'passed', method: 'GET', host: 'localhost:3000', path: '/\u001b[2J' })
  expect(describeRequests(journal.list())).toBe(
    `Twinpanel has answered these requests, which were addressed to Mixpanel:
  1  POST  api.mixpanel.com/track  project my-app
These clients did not trust the certificate, and sent nothing; its file is in TWINPANEL_CA_FILE:
  1  CONNECT  api-js.mixpanel.com
These requests to other hosts were refused (--pass-through HOST lets them through):
  1  CONNECT  example.com
These requests were let through:
  1  GET  localhost:3000/\\u001b[2J
Credentials that Twinpanel does not know were refused with 401. --project TOKEN accepts any, for the project with that token.`,
  )
  expect(describeRequests([])).toBe('No request to Mixpanel has reached the proxy.')
})

it('of many different requests, the first ones are shown', () => {
  const journal = new Journal()
  for (let index = 0; index < 50; index++) {
    journal.count({ outcome: 'answered', method: 'GET', host: 'mixpanel.com', path: `/${index}` })
  }
  const lines = describeRequests(journal.list()).split('\n')
  expect(lines).toHaveLength(42)
  expect(lines.at(-1)).toBe('  … and 10 more')
})
