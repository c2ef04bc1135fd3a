import { CONFIGURATION_OPERATIONS } from './configuration.ts'
import { EXPLAINING_OPERATIONS } from './explaining.ts'
import { MISBEHAVIOUR_OPERATIONS } from './misbehaviour.ts'
import { MIXPANEL_OPERATIONS } from './mixpanel.ts'
import type { Operations } from './operation.ts'
import { PROJECT_OPERATIONS } from './projects.ts'
import { RECORD_OPERATIONS } from './records.ts'
import { RULE_OPERATIONS } from './rules.ts'
import { SERVER_OPERATIONS } from './server.ts'

/** What the document says of every route. */
export const OPERATIONS: Operations = {
  ...SERVER_OPERATIONS,
  ...PROJECT_OPERATIONS,
  ...RECORD_OPERATIONS,
  ...EXPLAINING_OPERATIONS,
  ...RULE_OPERATIONS,
  ...MISBEHAVIOUR_OPERATIONS,
  ...CONFIGURATION_OPERATIONS,
  ...MIXPANEL_OPERATIONS,
}
