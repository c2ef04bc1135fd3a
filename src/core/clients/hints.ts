import type { Client } from './client.ts'
import { PITFALLS } from './pitfalls.ts'

/** A pitfall to watch for when working with a client. */
export interface Hint {
  readonly code: string
  readonly message: string
  readonly advice: string
}

/** SDKs by the programs that send for them, for records that do not name their SDK. */
const SDK_OF_PROGRAM: readonly (readonly [program: RegExp, sdk: string])[] = [
  [/^python-(requests|httpx)$/, 'python'],
  [/^Ruby$/, 'ruby'],
  [/^Java$/, 'jdk'],
  [/^Go-http-client$/, 'go'],
  [/^Dalvik$/, 'android'],
  [/^UnityPlayer$/, 'unity'],
  [/^browser$/, 'web'],
]

/** The pitfalls that apply to a client, those of its SDK last. */
export function hintsFor(client: Client): readonly Hint[] {
  const sdk = sdkOf(client)
  const pitfalls = PITFALLS.filter(
    ({ sdks, when }) => (sdks?.includes(sdk) ?? true) && (when?.(client) ?? true),
  )
  return pitfalls.map(({ code, message, advice }) => ({ code, message, advice }))
}

function sdkOf({ lib, userAgent }: Client): string {
  if (userAgent === '') return lib
  return SDK_OF_PROGRAM.find(([program]) => program.test(lib))?.[1] ?? ''
}
