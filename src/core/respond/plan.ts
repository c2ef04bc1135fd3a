/** A response as a value: exactly what is sent. */
export interface ReplyPlan {
  readonly status: number
  readonly contentType: string
  readonly body: string | Uint8Array
  readonly headers?: Readonly<Record<string, string>>
}

/** A JSON answer. Keys are written in the given order. */
export function jsonReply(status: number, body: object, headers?: ReplyPlan['headers']): ReplyPlan {
  const plan = { status, contentType: 'application/json', body: JSON.stringify(body) }
  return headers === undefined ? plan : { ...plan, headers }
}

export function textReply(status: number, body: string): ReplyPlan {
  return { status, contentType: 'text/plain', body }
}
