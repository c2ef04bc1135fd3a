import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
import formatsPlugin from 'ajv-formats'
import type { FastifyInstance, InjectOptions, LightMyRequestResponse } from 'fastify'

/** A JSON Schema in the document. */
type DocumentedSchema = Readonly<Record<string, unknown>>

/** An operation in the document. */
export interface DocumentedOperation {
  readonly operationId?: string
  readonly summary?: string
  readonly tags?: readonly string[]
  readonly security?: readonly object[]
  readonly parameters?: readonly {
    readonly name: string
    readonly in: 'path' | 'query'
    readonly description?: string
    readonly schema: DocumentedSchema
  }[]
  readonly requestBody?: {
    readonly required?: boolean
    readonly content: Readonly<Record<string, { readonly example?: object }>>
  }
  readonly responses: Readonly<Record<string, { readonly description: string; readonly content?: object }>>
}

/** The document at /_twin/openapi.json. */
export interface OpenApi {
  readonly openapi: string
  readonly paths: Readonly<Record<string, Readonly<Record<string, DocumentedOperation>>>>
  readonly components: { readonly schemas: Readonly<Record<string, object>> }
}

/** Finds the operation of a request, and its path in the document. */
function operationFor(document: OpenApi, method: string, url: string) {
  const path = url.split('?', 1)[0]?.replace(/(.)\/$/, '$1') ?? ''
  const exact = document.paths[path] === undefined ? undefined : path
  const found = exact ?? Object.keys(document.paths).find((template) => patternOf(template).test(path))
  const operation = found === undefined ? undefined : document.paths[found]?.[method.toLowerCase()]
  return found === undefined || operation === undefined ? undefined : { path: found, operation }
}

/** A path as a regular expression. A distinct_id, which is always the last part, may contain slashes. */
function patternOf(template: string): RegExp {
  const source = template.replace('{distinct_id}', '.+').replace(/\{\w+\}/g, '[^/]+')
  return new RegExp(`^${source.replaceAll('.json', '\\.json')}$`)
}

/** Lists what is wrong with an answer according to the document; empty if it is valid. */
export type AnswerCheck = (sent: InjectOptions, answer: LightMyRequestResponse) => readonly string[]

/**
 * Checks answers of `/_twin` against the document of their server, more strictly than a client would: a field that is not
 * documented is an error.
 */
export function checkAnswers(document: OpenApi): AnswerCheck {
  const ajv = new Ajv2020({ strict: false, allErrors: true })
  formatsPlugin.default(ajv)
  ajv.addSchema(closed(document), 'openapi.json')
  const compiled = new Map<string, ValidateFunction | undefined>()
  return (sent, answer) => {
    const { method = 'GET', url } = sent
    const found = operationFor(document, method, String(url))
    const { statusCode, body, headers } = answer
    const what = `${method} ${String(url)}: ${statusCode}`
    // An undocumented path gets the common error of 404 or 405.
    if (found === undefined) return [404, 405].includes(statusCode) ? [] : [`${what} is not in the document`]
    const { path, operation } = found
    const status = operation.responses[statusCode] === undefined ? 'default' : String(statusCode)
    const described = operation.responses[status]
    if (described === undefined || (status === 'default' && statusCode < 400)) {
      return [`${what} is not among the documented answers`]
    }
    const types = Object.keys(described.content ?? {})
    if (types.length === 0) return body === '' ? [] : [`${what} has a body, and should not`]
    const type = String(headers['content-type'] ?? '')
    const documented = types.find(
      (candidate) => candidate === '*/*' || type.split(';')[0] === candidate.split(';')[0],
    )
    if (documented === undefined) return [`${what} is ${type}, and should be ${types.join(' or ')}`]
    if (!/[/+]json/.test(documented)) return []
    const pointer = [
      'paths',
      path,
      method.toLowerCase(),
      'responses',
      status,
      'content',
      documented,
      'schema',
    ]
    const ref = `openapi.json#/${pointer.map(escaped).join('/')}`
    if (!compiled.has(ref)) compiled.set(ref, ajv.compile({ $ref: ref }))
    const validate = compiled.get(ref)
    if (validate?.(JSON.parse(body)) === true) return []
    return (validate?.errors ?? []).map((error) => `${what}: ${error.instancePath} ${error.message}`)
  }
}

function escaped(part: string): string {
  return encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1'))
}

/** A copy of a schema in which objects have no additional properties, unless they allow them explicitly. */
function closed(value: unknown): object {
  if (Array.isArray(value))
    return value.map((item) => (item === null || typeof item !== 'object' ? item : closed(item)))
  const copy: Record<string, unknown> = {}
  for (const [name, item] of Object.entries(value as object)) {
    copy[name] = item === null || typeof item !== 'object' ? item : closed(item)
  }
  const isObject = copy['type'] === 'object' && copy['properties'] !== undefined
  if (isObject && copy['additionalProperties'] === undefined) copy['additionalProperties'] = false
  return copy
}

/** The document of a server. */
export async function readDocument(app: FastifyInstance, headers = {}): Promise<OpenApi> {
  const answer = await app.inject({ url: '/_twin/openapi.json', headers })
  if (answer.statusCode !== 200) throw new Error(`no document: ${answer.body}`)
  return answer.json()
}
