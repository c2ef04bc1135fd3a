import { describe, expect, it } from 'vitest'
import { isGuidShaped, isUuid4, looksLikeDevice } from '../../../../src/core/identity/guid.ts'

const V4 = '4f6d1a3e-0b1c-4d2e-8f3a-000000000001'
const V1 = '4f6d1a3e-0b1c-1d2e-8f3a-000000000001'
const OLD_SDK = '13bbf7943e584-0885c2531-5c793977-3e8000-13bbf7943e64cf'

describe('the form of an anonymous id', () => {
  it.each<readonly [string, { shape: boolean; device: boolean; uuid4: boolean }]>([
    [V4, { shape: true, device: true, uuid4: true }],
    [V4.toUpperCase(), { shape: true, device: true, uuid4: true }],
    [`$device:${V4}`, { shape: true, device: false, uuid4: true }],
    [`$device:${V4.toUpperCase()}`, { shape: true, device: false, uuid4: true }],
    [V1, { shape: true, device: true, uuid4: false }],
    ['4f6d1a3e-0b1c-4d2e-7f3a-000000000001', { shape: true, device: true, uuid4: false }],
    ['00000000-0000-0000-0000-000000000000', { shape: true, device: true, uuid4: false }],
    [OLD_SDK, { shape: true, device: true, uuid4: false }],
    [`$device:${OLD_SDK}`, { shape: true, device: false, uuid4: false }],
    [OLD_SDK.toUpperCase(), { shape: true, device: true, uuid4: false }],
    [OLD_SDK.replace('13', 'gg'), { shape: true, device: false, uuid4: false }],
    ['acme-inc-eu-west-1', { shape: true, device: false, uuid4: false }],
    ['a-b-c-d-e', { shape: true, device: false, uuid4: false }],
    ['A-1-c-D-9', { shape: true, device: false, uuid4: false }],
    ['session_abc123', { shape: false, device: false, uuid4: false }],
    ['session_abc123_v1', { shape: false, device: false, uuid4: false }],
    ['a-b-c-d', { shape: false, device: false, uuid4: false }],
    ['a-b-c-d-e-f', { shape: false, device: false, uuid4: false }],
    ['a-b--d-e', { shape: false, device: false, uuid4: false }],
    ['-b-c-d-e', { shape: false, device: false, uuid4: false }],
    ['a-b-c-d-', { shape: false, device: false, uuid4: false }],
    ['a-b-c-d-é', { shape: false, device: false, uuid4: false }],
    ['a-b-c-d-e ', { shape: false, device: false, uuid4: false }],
    ['a-b-c-d-e\n', { shape: false, device: false, uuid4: false }],
    [`${V4}\n`, { shape: false, device: false, uuid4: false }],
    [`{${V4}}`, { shape: false, device: false, uuid4: false }],
    [V4.replaceAll('-', ''), { shape: false, device: false, uuid4: false }],
    [`$DEVICE:${V4}`, { shape: false, device: false, uuid4: false }],
    [`$device:$device:${V4}`, { shape: false, device: false, uuid4: false }],
    ['$device:', { shape: false, device: false, uuid4: false }],
    ['', { shape: false, device: false, uuid4: false }],
  ])('%j (IDO-10, IDS-12)', (id, expected) => {
    expect({ shape: isGuidShaped(id), device: looksLikeDevice(id), uuid4: isUuid4(id) }).toEqual(expected)
  })

  it('a long text that is almost one is told in no time (IDO-10)', () => {
    const begun = performance.now()
    expect(isGuidShaped(`${'a'.repeat(100_000)}-${'b-'.repeat(100_000)}!`)).toBe(false)
    expect(performance.now() - begun).toBeLessThan(500)
  })
})
