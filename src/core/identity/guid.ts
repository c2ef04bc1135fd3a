import { DEVICE_PREFIX } from './model.ts'

/** Five groups of letters and digits: UUIDs of any version, and the ids of old SDKs (IDO-10). */
const GUID_SHAPE = /^[0-9a-z]+(-[0-9a-z]+){4}$/i
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i
/** As in 13bbf7943e584-0885c2531-5c793977-3e8000-13bbf7943e64cf: two times, two random numbers, a screen. */
const OLD_BROWSER_ID = /^[0-9a-f]+(-[0-9a-f]+){4}$/i
const MIN_OLD_ID = 40
const UUID4 = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/i

/** True for an id of the form that `$identify` requires of an anonymous id; with a `$device:` prefix it is not. */
export function isGuidShaped(id: string): boolean {
  return GUID_SHAPE.test(withoutDevicePrefix(id))
}

/**
 * True for an id that an SDK has generated for a device, without a prefix: a UUID of any version, or the older browser
 * form, five groups of hexadecimal digits. Stricter than the shape of a GUID, which names can have too: `a-b-c-d-e`.
 */
export function looksLikeDevice(id: string): boolean {
  return UUID.test(id) || (id.length >= MIN_OLD_ID && OLD_BROWSER_ID.test(id))
}

/** True for a UUID of version 4, with or without the prefix `$device:`. */
export function isUuid4(id: string): boolean {
  return UUID4.test(withoutDevicePrefix(id))
}

function withoutDevicePrefix(id: string): string {
  return id.startsWith(DEVICE_PREFIX) ? id.slice(DEVICE_PREFIX.length) : id
}
