import { signal } from '@preact/signals'
import type { AnswerOf, BodyOf, RouteShape } from '../../api/routing/shape.ts'

/** Why a request has failed, as a sentence; status 0 where there was no answer. */
export interface ApiError {
  readonly status: number
  readonly detail: string
}

/** A value, or why there is none. */
export type Answer<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly error: ApiError }

const TOKEN_KEY = 'twinpanel.admin-token'

/** The server has asked for the admin token, and has not been given the right one. */
export const needsToken = signal(false)

/** Why the token that was shown does not open the API, as a sentence; empty where none was shown. */
export const refusal = signal('')

/** Keeps the admin token for as long as this tab is open. */
export function giveToken(token: string): void {
  sessionStorage.setItem(TOKEN_KEY, token)
  needsToken.value = false
}

/** The headers that show the admin token, if there is one. */
export function authorization(): Record<string, string> {
  const token = sessionStorage.getItem(TOKEN_KEY)
  return token === null ? {} : { authorization: `Bearer ${token}` }
}

/** Asks for the token, and says why the one that was shown does not open the API. */
function askForToken(why: string): void {
  if (sessionStorage.getItem(TOKEN_KEY) !== null) refusal.value = why
  sessionStorage.removeItem(TOKEN_KEY)
  needsToken.value = true
}

/** Asks a route of the API. In: its path below /_twin, already encoded; a body goes as JSON. Never throws. */
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
    // An answer without a body is for callers that ask for nothing.
    const value: AnswerOf<S> = response.status === 204 ? undefined : await response.json()
    return { ok: true, value }
  } catch {
    return { ok: false, error: { status: 0, detail: 'The server does not answer. Is it still running?' } }
  }
}

/** What a response says that is none, which may be to show another token, now or later. */
export async function refusedBy(response: Response): Promise<ApiError> {
  const error = await errorOf(response)
  const isAboutToken = response.headers.has('www-authenticate')
  if (isAboutToken) askForToken(response.status === 401 ? 'That is not it.' : error.detail)
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
