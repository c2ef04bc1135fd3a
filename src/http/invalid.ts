import type { FastifyError } from 'fastify'

/**
 * What a schema found wrong with a body, as a sentence that names the field: `faults[0].status must be <= 599.`
 * In: the findings, of which the first is told. Out: undefined where there are none.
 */
export function describeInvalid(findings: FastifyError['validation']): string | undefined {
  const finding = findings?.[0]
  if (finding === undefined) return undefined
  const { params, message = 'is not valid' } = finding
  const place = placeOf(finding.instancePath)
  const { additionalProperty: unknown, allowedValues: allowed } = params
  if (typeof unknown === 'string') return `${place} has the unknown field ${JSON.stringify(unknown)}.`
  if (Array.isArray(allowed)) {
    return `${place} must be one of: ${allowed.map((value) => JSON.stringify(value)).join(', ')}.`
  }
  return `${place} ${message}.`
}

/** `/faults/0/status` as `faults[0].status`; the whole body as `The body`. */
function placeOf(pointer: string): string {
  const parts = pointer.split('/').slice(1)
  const place = parts.map((part) => (/^\d+$/.test(part) ? `[${part}]` : `.${part}`)).join('')
  return place === '' ? 'The body' : place.replace(/^\./, '')
}
