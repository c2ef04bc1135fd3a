import type { FastifyError } from 'fastify'

/** A finding of Ajv, as far as it is told. */
type Finding = NonNullable<FastifyError['validation']>[number]

/**
 * What a schema found wrong with a body, as a sentence that names the field: `faults[0].status must be at most 599.`
 * In: the findings, of which the first is told. Out: undefined where there are none.
 */
export function describeInvalid(findings: FastifyError['validation']): string | undefined {
  const [finding] = findings ?? []
  if (finding === undefined) return undefined
  const place = placeOf(finding.instancePath)
  // What fits none of several schemas is found once for each of them.
  const fitsNone = findings?.some(({ keyword, instancePath }) => {
    return keyword === 'anyOf' && instancePath === finding.instancePath
  })
  if (fitsNone === true) return `${place} must be ${kindsOf(findings ?? [], finding.instancePath)}.`
  const { additionalProperty: unknown } = finding.params
  if (typeof unknown === 'string') return `${place} has the unknown field ${JSON.stringify(unknown)}.`
  return `${place} ${describe(finding)}.`
}

function describe({ keyword, params, message = 'is not valid' }: Finding): string {
  const { limit, allowedValues, missingProperty, type, pattern } = params
  switch (keyword) {
    case 'type':
      return `must be ${[type].flat().map(withArticle).join(' or ')}`
    case 'enum':
      return `must be one of: ${list(allowedValues)}`
    case 'required':
      return `must have the field ${JSON.stringify(missingProperty)}`
    case 'minimum':
      return `must be at least ${limit}`
    case 'maximum':
      return `must be at most ${limit}`
    case 'minLength':
      return `must have at least ${counted(limit, 'character')}`
    case 'maxLength':
      return `must have at most ${counted(limit, 'character')}`
    case 'minItems':
      return `must have at least ${counted(limit, 'item')}`
    case 'maxItems':
      return `must have at most ${counted(limit, 'item')}`
    case 'pattern':
      return `must match the pattern ${pattern}`
    default:
      return message
  }
}

function kindsOf(findings: readonly Finding[], path: string): string {
  const types = findings
    .filter(({ keyword, instancePath }) => keyword === 'type' && instancePath === path)
    .map(({ params }) => withArticle(params['type']))
  return types.length > 0 ? types.join(' or ') : 'another value'
}

function withArticle(type: unknown): string {
  return type === 'null' ? 'null' : `${/^[aeiou]/.test(String(type)) ? 'an' : 'a'} ${type}`
}

function counted(limit: unknown, noun: string): string {
  return `${limit} ${noun}${limit === 1 ? '' : 's'}`
}

function list(values: unknown): string {
  return Array.isArray(values) ? values.map((value) => JSON.stringify(value)).join(', ') : ''
}

/** `/faults/0/status` as `faults[0].status`; the whole body as `The body`. */
function placeOf(pointer: string): string {
  const parts = pointer.split('/').slice(1)
  const place = parts.map((part) => (/^\d+$/.test(part) ? `[${part}]` : `.${part}`)).join('')
  return place === '' ? 'The body' : place.replace(/^\./, '')
}
