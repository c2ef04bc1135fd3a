import { describe, expect, it } from 'vitest'
import { regionOfHost } from '../../../src/core/project.ts'

describe('regionOfHost', () => {
  it.each([
    ['api.mixpanel.com', 'us'],
    ['api-eu.mixpanel.com', 'eu'],
    ['api-in.mixpanel.com', 'in'],
    ['data-eu.mixpanel.com:443', 'eu'],
    ['eu.mixpanel.com', 'eu'],
    ['in.localhost:4100', 'in'],
    ['API-EU.MIXPANEL.COM', 'eu'],
    ['eu', 'eu'],
    ['eu:4100', 'eu'],
    ['museu.example.com', 'us'],
    ['twin.example.com', 'us'],
    ['europe.example.com', 'us'],
    ['mixpanel.eu', 'us'],
    ['localhost:4100', 'us'],
    ['127.0.0.1:4100', 'us'],
    ['[::1]:4100', 'us'],
    ['', 'us'],
  ])('%j is in %s (SEC-07)', (host, region) => {
    expect(regionOfHost(host)).toBe(region)
  })
})
