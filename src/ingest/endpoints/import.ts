import type { Access } from '../../access/authenticate.ts'
import { BODY_NOT_JSON } from '../../core/answers/import.ts'
import type { DecodeErrorCode } from '../../core/decode/decode-error.ts'
import { isOn, type Params } from '../../core/decode/params.ts'
import {
  findIdentityEvent,
  judgeImportRecord,
  judgePartOfImport,
  refuseWholeImport,
} from '../../core/judge/import.ts'
import type { RecordOutcome, StoredOutcome } from '../../core/judge/outcome.ts'
import { showValue } from '../../core/refusals/words.ts'
import {
  refuseIdentityEvents,
  refuseStrictPayload,
  replyToLooseImport,
  replyToStrictImport,
} from '../../core/respond/import.ts'
import type { ReplyPlan } from '../../core/respond/plan.ts'
import { wordsOnNothing } from '../../core/respond/track.ts'
import { ok } from '../../core/result.ts'
import type { ImportError } from '../../core/validate/import.ts'
import { type Finding, finding } from '../../core/verdict/finding.ts'
import { commitEvents } from '../commit.ts'
import type { Endpoint, HasToken } from '../endpoint.ts'
import { ipParameterFindings, misreadFindings } from './track.ts'

type Outcomes = readonly RecordOutcome<ImportError>[]

/** True where each record that fails is to be reported (IMP-09). */
export function isStrictImport(params: Params): boolean {
  return params.get('strict') === '1'
}

/**
 * /import: events of the one project that the credentials have opened (IMP-01 to IMP-34). What a record's form must be
 * depends on the project and on `isStrict`, so it is looked at when the record is judged.
 */
export function importInto(
  { project, findings }: Access,
  isStrict: boolean,
): Endpoint<HasToken, ImportError, StoredOutcome> {
  const valid = ok({ token: project.token })
  return {
    path: '/import',
    project,
    tokenOf: () => project.token,
    findingsOn: (decoded) => {
      const { params } = decoded
      const strict = params.get('strict')
      const off = strict === '0' || strict === '1' ? [] : [strictOff(strict)]
      return [...findings, ...misreadFindings(decoded), ...off, ...ipParameterFindings(params)]
    },
    validate: () => valid,
    refuseAll: (records, { idManagement }) => {
      if (!isStrict || idManagement !== 'simplified') return undefined
      const verb = records.map(findIdentityEvent).find((name) => name !== undefined)
      return verb === undefined
        ? undefined
        : { reply: refuseIdentityEvents(), outcome: refuseWholeImport(verb) }
    },
    locatesByAddress: (params) => isOn(params.get('ip')),
    identifiesByAddress: () => true,
    judge: (_valid, context, record) => judgeImportRecord(record, isStrict, context),
    judgePart: (_valid, context, record, unread) => judgePartOfImport(record, unread, isStrict, context),
    findingsOnRefusal: () => [],
    findingsOnOutcomes: (outcomes) => (isStrict ? partialFindings(outcomes) : []),
    commit: commitEvents,
    reply: (outcomes, { decoded }) =>
      isStrict ? replyStrictly(outcomes) : replyLoosely(outcomes, decoded.params),
    replyToNothing: ({ code }, { decoded }) =>
      isStrict ? refuseStrictly(code) : replyToLooseImport(decoded.params, 0, 0, wordsOnNothing(code)),
  }
}

/** IMP-11: what a strict answer of 400 hides. */
function partialFindings(outcomes: Outcomes): readonly Finding[] {
  const n = outcomes.filter(({ kind }) => kind === 'stored').length
  const isRefused = n > 0 && outcomes.some(({ kind }) => kind === 'rejected')
  return isRefused ? [finding('import.400_is_partial', { n })] : []
}

function replyStrictly(outcomes: Outcomes): ReplyPlan {
  const failed = outcomes.flatMap((outcome, index) => {
    return outcome.kind === 'rejected' ? [{ index, ...outcome.refusal }] : []
  })
  return replyToStrictImport(outcomes.filter(({ kind }) => kind === 'stored').length, failed)
}

function replyLoosely(outcomes: Outcomes, params: Params): ReplyPlan {
  const imported = outcomes.filter(({ kind }) => kind === 'stored').length
  const importable = outcomes.filter(({ kind }) => kind === 'stored' || kind === 'dropped').length
  return replyToLooseImport(params, imported, importable)
}

function refuseStrictly(code: DecodeErrorCode): ReplyPlan {
  return refuseStrictPayload(code === 'bad_json' ? BODY_NOT_JSON : wordsOnNothing(code))
}

/** The finding on an import whose `strict` is absent or neither 0 nor 1 (IMP-09); information if it is absent. */
function strictOff(sent: string | undefined): Finding {
  return sent === undefined
    ? finding('import.strict_off', { what: 'not set' })
    : finding('import.strict_off', { what: `${showValue(sent)}, which is neither 0 nor 1` }, 'warning')
}
