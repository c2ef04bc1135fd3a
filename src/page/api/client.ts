import { signal } from '@preact/signals'
import type { AnswerOf, BodyOf, RouteShape } from '../../api/routing/shape.ts'

/** `detail` is a sentence; `status` is 0 without an answer. */
export interface ApiError {
  readonly status: number
  readonly detail: string
}

export type Answer<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly error: ApiError }

const TOKEN_KEY = 'twinpanel.admin-token'

/** True while the server requires the admin token and the page has no valid one. */
export const needsToken = signal(false)

/** Why the server refused the token, as a sentence; empty if none was sent. */
export const refusal = signal('')

/** Stores the admin token until this tab is closed. */
export function giveToken(token: string): void {
  sessionStorage.setItem(TOKEN_KEY, token)
  needsToken.value = false
}

/** Stores the admin token of a link that the server has printed, and removes it from the address. */
export function takeTokenFromAddress(): void {
  const [path = '', search = ''] = location.hash.split('?')
  const params = new URLSearchParams(search)
  const token = params.get('admin_token')
  if (token === null) return
  giveToken(token)
  params.delete('admin_token')
  history.replaceState(null, '', `${path}${params.size === 0 ? '' : `?${params}`}`)
}

/** The headers with the admin token, if there is one. */
export function authorization(): Record<string, string> {
  const token = sessionStorage.getItem(TOKEN_KEY)
  return token === null ? {} : { authorization: `Bearer ${token}` }
}

/** Asks the user for the token, and shows why the one that was sent was refused. */
function askForToken(why: string): void {
  if (sessionStorage.getItem(TOKEN_KEY) !== null) refusal.value = why
  sessionStorage.removeItem(TOKEN_KEY)
  needsToken.value = true
}

/** Requests a route of the API. In: its path below /_twin, already encoded; a body is sent as JSON. Never throws. */
export async function ask<S extends RouteShape>(
  method: S['method'],
  path: string,
  body?: BodyOf<S>,
): Promise<Answer<AnswerOf<S>>> {
  const headers = {
    ...authorization(),
    ...(body === undefined ? {} : { 'content-type': 'application/json' }),
  }
  try {
    const init = { method, headers, ...(body !== undefined && { body: JSON.stringify(body) }) }
    const response = await fetch(`/_twin${path}`, init)
    if (!response.ok) return { ok: false, error: await refusedBy(response) }
    // An answer without a body has the type undefined.
    const value: AnswerOf<S> = response.status === 204 ? undefined : await response.json()
    return { ok: true, value }
  } catch {
    return { ok: false, error: { status: 0, detail: 'The server does not answer. Is it still running?' } }
  }
}

/** The error in a response. If the response asks for another token, so does the page. */
export async function refusedBy(response: Response): Promise<ApiError> {
  const error = await errorOf(response)
  const isAboutToken = response.headers.has('www-authenticate')
  if (isAboutToken) askForToken(response.status === 401 ? 'Wrong token.' : error.detail)
  return error
}

async function errorOf(response: Response): Promise<ApiError> {
  const text = await response.text()
  try {
    const problem: { readonly detail?: string; readonly error?: string } = JSON.parse(text)
    return { status: response.status, detail: problem.detail ?? problem.error ?? response.statusText }
  } catch {
    return { status: response.status, detail: text.slice(0, 200) || response.statusText }
  }
}
