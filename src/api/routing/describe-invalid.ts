import type { FastifyError } from 'fastify'

type SchemaError = NonNullable<FastifyError['validation']>[number]

/**
 * The first schema error of a body, as a sentence that names the field: `faults[0].status must be at most 599.`
 * Undefined if there is none.
 */
export function describeInvalid(errors: FastifyError['validation']): string | undefined {
  const [error] = errors ?? []
  if (error === undefined) return undefined
  const place = placeOf(error.instancePath)
  // A value that fits none of several schemas has an error for each of them.
  const fitsNone = errors?.some(({ keyword, instancePath }) => {
    return keyword === 'anyOf' && instancePath === error.instancePath
  })
  if (fitsNone === true) return `${place} must be ${kindsOf(errors ?? [], error.instancePath)}.`
  const { additionalProperty: unknown } = error.params
  if (typeof unknown === 'string') return `${place} has the unknown field ${JSON.stringify(unknown)}.`
  return `${place} ${describe(error)}.`
}

function describe({ keyword, params, message = 'is not valid' }: SchemaError): string {
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

function kindsOf(errors: readonly SchemaError[], path: string): string {
  const types = errors
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
