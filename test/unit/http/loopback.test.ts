import { describe, expect, it } from 'vitest'
import { passedOnBy } from '../../../src/http/loopback.ts'

function passedOn(names: readonly string[], [httpVersionMajor, httpVersionMinor] = [1, 1]) {
  const headers = Object.fromEntries(names.map((name) => [name.toLowerCase(), 'x']))
  return passedOnBy({ raw: { headers, httpVersionMajor, httpVersionMinor } } as never)
}

/** What clients on this machine send: curl, Node, browsers, Prometheus, traced tests. */
const OWN = [
  'Host',
  'User-Agent',
  'Accept',
  'Accept-Encoding',
  'Accept-Language',
  'Connection',
  'Authorization',
]
const ODD = [
  'X-Request-Id',
  'traceparent',
  'X-Requested-With',
  'X-Prometheus-Scrape-Timeout-Seconds',
  'Sec-Fetch-Site',
  'Cookie',
  'Upgrade',
  'Expect',
  'X-Tenant',
  'Originator',
  'Viable',
]

describe('a request that was passed on', () => {
  it.each([
    ['RFC 7239', 'Forwarded'],
    ['RFC 9110', 'Via'],
    ['RFC 8586', 'CDN-Loop'],
    ['everybody', 'X-Forwarded-For'],
    ['everybody', 'X-Forwarded-Proto'],
    ['everybody', 'X-Forwarded-Host'],
    ['everybody', 'X-Forwarded'],
    ['Traefik', 'X-Forwarded-Tls-Client-Cert'],
    ['nginx, as its pages have it', 'X-Real-IP'],
    ['ingress-nginx', 'X-Original-Forwarded-For'],
    ['IIS, as its pages have it', 'X-Original-URL'],
    ['IIS', 'X-ARR-LOG-ID'],
    ['Apache, as some have it', 'X-Client-IP'],
    ['Envoy', 'X-Envoy-External-Address'],
    ['Cloudflare', 'CF-Connecting-IP'],
    ['Cloudflare, Akamai', 'True-Client-IP'],
    ['Fastly', 'Fastly-Client-IP'],
    ['Fly', 'Fly-Client-IP'],
    ['AWS', 'X-Amzn-Trace-Id'],
    ['CloudFront', 'CloudFront-Viewer-Address'],
    ['Azure', 'X-Azure-ClientIP'],
    ['Google', 'X-Cloud-Trace-Context'],
    ['Tailscale', 'Tailscale-User-Login'],
    ['WebLogic', 'WL-Proxy-Client-IP'],
    ['Rackspace', 'X-Cluster-Client-IP'],
    ['Varnish', 'X-Varnish'],
  ])('shows it, as %s: %s', (_who, name) => {
    expect(passedOn([...OWN, name])).toBe(`the header ${name.toLowerCase()}`)
  })

  it('shows it by the protocol of nginx without any setting', () => {
    expect(passedOn(OWN, [1, 0])).toBe('HTTP/1.0')
  })

  it('is no other', () => {
    expect(passedOn([...OWN, ...ODD])).toBeUndefined()
  })
})
