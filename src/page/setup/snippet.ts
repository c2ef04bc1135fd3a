/** How to point an SDK at this server. */
export interface Snippet {
  readonly id: string
  readonly name: string
  /** In: the project's token, and this server's origin. */
  readonly code: (target: { readonly token: string; readonly url: string }) => string
  /** Problems of this SDK with a host other than Mixpanel's. */
  readonly pitfalls: readonly string[]
}

/** Host and port of an origin. */
export function hostOf(url: string): string {
  return url.replace(/^https?:\/\//, '')
}

/** True for an https origin. */
export function isSecure(url: string): boolean {
  return url.startsWith('https:')
}

/** The origin as an Android emulator reaches it, whose loopback is its own. */
export function fromEmulator(url: string): string {
  return url.replace(/\/\/(localhost|127\.0\.0\.1|\[::1\])(?=[:/]|$)/, '//10.0.2.2')
}
