/** What was looked at, what was found, and what to do about it. */
export interface Check {
  readonly name: string
  /** `problem` prevents a start, or what was asked for; `note` may surprise. */
  readonly status: 'good' | 'note' | 'problem'
  readonly found: string
  readonly advice?: string
}

export function good(name: string, found: string): Check {
  return { name, status: 'good', found }
}

export function note(name: string, found: string, advice: string): Check {
  return { name, status: 'note', found, advice }
}

export function problem(name: string, found: string, advice?: string): Check {
  return { name, status: 'problem', found, ...(advice !== undefined && { advice }) }
}
