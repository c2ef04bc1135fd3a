import type { GraphNode } from './graph-model.ts'

/** Names of the roles of an id. */
export const ROLE_NAMES: Readonly<Record<GraphNode['role'], string>> = {
  user: 'user',
  device: 'device',
  identified: 'identified',
  anonymous: 'anonymous',
  alias: 'alias',
  id: 'id',
  other: 'not of this user',
}
