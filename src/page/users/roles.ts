import type { GraphNode } from './graph-model.ts'

/** What an id is to its user, in words. */
export const ROLE_NAMES: Readonly<Record<GraphNode['role'], string>> = {
  user: 'user',
  device: 'device',
  identified: 'identified',
  anonymous: 'anonymous',
  alias: 'alias',
  id: 'id',
  other: 'not of this user',
}
