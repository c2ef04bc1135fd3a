import type pg from 'pg'

/**
 * A statement with a second form, which is sent instead where tables are distributed (Citus). Both have the same result
 * and the same parameters, but for those that only the second has, at the end: they are sent as `distributedValues`.
 */
export interface Statement {
  readonly name?: string
  readonly text: string
  readonly distributed?: string
}

/** Makes a connection to a database with distributed tables send the second form of statements that have one. */
export function sendDistributedForms(client: pg.PoolClient): void {
  const query = client.query.bind(client) as (...args: readonly unknown[]) => unknown
  const chosen = (first: unknown, ...rest: readonly unknown[]) => query(toDistributed(first), ...rest)
  client.query = chosen as typeof client.query
}

function toDistributed(statement: unknown): unknown {
  if (!hasForms(statement)) return statement
  const { distributed, values = [], distributedValues = [], ...others } = statement
  return { ...others, text: distributed, values: [...values, ...distributedValues] }
}

interface Sent {
  readonly distributed: string
  readonly values?: readonly unknown[]
  readonly distributedValues?: readonly unknown[]
}

function hasForms(statement: unknown): statement is Sent {
  return typeof statement === 'object' && statement !== null && 'distributed' in statement
}
