import type { SwaggerTransform, SwaggerTransformObject } from '@fastify/swagger'
import type { FastifySchema, RouteOptions } from 'fastify'
import { type Answer, json, type Operation, problem, type Schema, TAGS } from './operation.ts'
import { OPERATIONS } from './operations.ts'
import { SHAPES } from './shapes.ts'

const PARAMETERS: Readonly<Record<string, string>> = {
  project: 'The id or the token of a project; what is the token of one is not taken for the id of another.',
  distinct_id: 'Any id of the user.',
  id: 'The id of a lookup table.',
  name: 'The name of a file.',
  tracking_id: 'What the request was answered with.',
  flag_id: 'The id of a flag.',
  rule: 'The id of a rule, such as TRK-21.',
}

/**
 * A route as `@fastify/swagger` wants it described; hidden where a method is there to be refused. In: whether the admin
 * token must be shown.
 */
export function describe(route: RouteOptions, needsToken: boolean): ReturnType<SwaggerTransform> {
  // What a wildcard stands for gets its name.
  const url = route.url.replace(/\/users\/\*$/, '/users/:distinct_id')
  const [method] = [route.method].flat()
  const operation = OPERATIONS[`${method} ${url}`]
  return {
    url,
    schema: operation === undefined ? { hide: true } : schemaOf(operation, route, url, needsToken),
  }
}

function schemaOf(
  operation: Operation,
  { schema: { body: validated } = {} }: RouteOptions,
  url: string,
  needsToken: boolean,
): FastifySchema {
  const { answers: _, query, example, access, isBodyOptional, body = validated, ...documented } = operation
  const names = [...url.matchAll(/:(\w+)/g)].map(([, name = '']) => name)
  return {
    ...documented,
    ...(query !== undefined && { querystring: { type: 'object', properties: query } }),
    ...(names.length > 0 && { params: { type: 'object', properties: parametersOf(names) } }),
    ...(body !== undefined && { body: { ...body, examples: [example] } }),
    ...(access === 'mixpanel' && { security: [{}, { projectSecret: [] }] }),
    ...(access === undefined && needsToken && { security: [{ adminToken: [] }] }),
    response: answersOf(operation, names.includes('project'), body !== undefined, needsToken),
  }
}

/** The parts of a document that `complete` changes. */
interface Draft {
  paths?: Record<string, Record<string, { requestBody?: { required: boolean } }>>
  components?: object
}

/** The document with what belongs to no single route, and with the bodies that may be left out. */
export function complete(given: Parameters<SwaggerTransformObject>[0]): ReturnType<SwaggerTransformObject> {
  const document = ('openapiObject' in given ? given.openapiObject : {}) as Draft
  for (const [place, { isBodyOptional }] of Object.entries(OPERATIONS)) {
    const [method = '', url = ''] = place.replace(/:(\w+)/g, '{$1}').split(' ')
    const body = document.paths?.[url]?.[method.toLowerCase()]?.requestBody
    if (body !== undefined && isBodyOptional === true) body.required = false
  }
  const tags = Object.entries(TAGS).map(([name, description]) => ({ name, description }))
  return {
    ...document,
    tags,
    components: { ...document.components, schemas: SHAPES },
  } as ReturnType<SwaggerTransformObject>
}

function parametersOf(names: readonly string[]): Schema {
  return Object.fromEntries(
    names.map((name) => [name, { type: 'string', description: PARAMETERS[name] ?? name }]),
  )
}

/** The answers of an operation, with the refusals that all of its kind have. */
function answersOf(
  { answers, query, access }: Operation,
  hasProject: boolean,
  hasBody: boolean,
  needsToken: boolean,
): Readonly<Record<string, Answer>> {
  if (access === 'open') return { ...answers }
  if (access === 'mixpanel') return { ...answers, default: json('As Mixpanel refuses.', {}) }
  const status = (isSo: boolean, code: number, why: string) => (isSo ? { [code]: problem(why) } : {})
  return {
    ...status(hasBody || query !== undefined, 400, 'The request is wrong: detail says what and where.'),
    ...status(needsToken, 401, 'The admin token was not shown.'),
    ...status(
      needsToken,
      429,
      'Too many wrong tokens came from this address: Retry-After has the seconds to wait.',
    ),
    ...status(!needsToken, 403, 'Without an admin token this machine only is answered.'),
    ...status(hasProject, 404, 'There is no such project, or no such thing in it.'),
    ...answers,
    default: problem('What else can go wrong.'),
  }
}
