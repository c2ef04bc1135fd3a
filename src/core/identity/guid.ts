import { DEVICE_PREFIX } from './model.ts'

/** Five groups of letters and digits: UUIDs of any version, and the ids of old SDKs (IDO-10). */
const GUID_SHAPE = /^[0-9a-z]+(-[0-9a-z]+){4}$/i
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i
const UUID4 = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/i

/** True for an id in the form that `$identify` wants of an anonymous one; a `$device:` before it is none of it. */
export function isGuidShaped(id: string): boolean {
  return GUID_SHAPE.test(withoutDevicePrefix(id))
}

/** True for a UUID of any version, without a prefix. */
export function isUuid(id: string): boolean {
  return UUID.test(id)
}

/** True for a UUID of version 4, `$device:` before it or not. */
export function isUuid4(id: string): boolean {
  return UUID4.test(withoutDevicePrefix(id))
}

function withoutDevicePrefix(id: string): string {
  return id.startsWith(DEVICE_PREFIX) ? id.slice(DEVICE_PREFIX.length) : id
}
