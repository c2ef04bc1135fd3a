import type { SwaggerTransform, SwaggerTransformObject } from '@fastify/swagger'
import type { FastifySchema, RouteOptions } from 'fastify'
import type { Schema } from '../../core/json-schema.ts'
import { PROBLEM } from '../routing/schemas.ts'
import { type Answer, type Description, json, problem, type RouteShape, TAGS } from '../routing/shape.ts'
import { Components } from './components.ts'
import { MIXPANEL_OPERATIONS, MIXPANEL_PARAMS } from './mixpanel.ts'

const PROJECT =
  'The id or the token of a project; what is the token of one is not taken for the id of another.'

/** Describes the routes of a server in the form of `@fastify/swagger`. */
export class RouteDescriber {
  readonly #components = new Components()
  readonly #needsToken: boolean
  /** Operations with an optional body. */
  readonly #withOptionalBody: { readonly url: string; readonly method: string }[] = []

  /** In: whether the admin token is required. */
  constructor(needsToken: boolean) {
    this.#needsToken = needsToken
  }

  /** Describes a route. A method that is only there to be refused is hidden. */
  describe(route: RouteOptions): ReturnType<SwaggerTransform> {
    const [method] = [route.method].flat()
    const shape = route.config?.shape
    // HEAD comes with GET, and is not described again.
    if (shape !== undefined && method === shape.method) return this.#describeShape(shape)
    const operation = MIXPANEL_OPERATIONS[`${method} ${route.url}`]
    const url = route.url
    return { url, schema: operation === undefined ? { hide: true } : describeMixpanel(operation, url) }
  }

  #describeShape(shape: RouteShape): ReturnType<SwaggerTransform> {
    const { tag, operationId, summary, description, query, params = {}, access, isBodyOptional } = shape
    // A wildcard gets the name of its parameter.
    const url = shape.url.replace('*', `:${Object.keys(params).at(-1)}`)
    if (isBodyOptional === true) {
      this.#withOptionalBody.push({ url: url.replace(/:(\w+)/g, '{$1}'), method: shape.method.toLowerCase() })
    }
    const body = shape.documentedBody ?? shape.body
    const named = { project: PROJECT, ...params }
    const schema: FastifySchema = {
      tags: [tag],
      operationId,
      summary,
      ...(description !== undefined && { description }),
      ...(query !== undefined && { querystring: this.#replaced({ type: 'object', properties: query }) }),
      ...paramsOf(url, named),
      ...(body !== undefined && { body: { ...this.#replaced(body), examples: [shape.example] } }),
      ...(access === undefined && this.#needsToken && { security: [{ adminToken: [] }] }),
      response: this.#replaced(
        access === 'open' ? shape.answers : { ...this.#refusalsOf(shape), ...shape.answers },
      ),
    }
    return { url, schema }
  }

  /** The refusals that follow from the properties of a route. */
  #refusalsOf({ url }: RouteShape): Readonly<Record<string, Answer>> {
    const refusal = (status: string | number, isSo: boolean, why: string) =>
      isSo ? { [status]: problem(why, PROBLEM) } : {}
    const needsToken = this.#needsToken
    return {
      ...refusal(400, true, 'The request is wrong: detail says what and where.'),
      ...refusal(401, needsToken, 'The admin token was not shown.'),
      ...refusal(
        429,
        needsToken,
        'Too many wrong tokens came from this address: Retry-After has the seconds to wait.',
      ),
      ...refusal(403, !needsToken, 'Without an admin token this machine only is answered.'),
      ...refusal(404, url.includes(':project'), 'There is no such project, or no such thing in it.'),
      ...refusal('default', true, 'What else can go wrong.'),
    }
  }

  #replaced(value: Readonly<Record<string, unknown>>): Schema {
    return this.#components.replaceNamed(value)
  }

  /** Completes the document with what belongs to no single route, and with the optional bodies. */
  complete(given: Parameters<SwaggerTransformObject>[0]): ReturnType<SwaggerTransformObject> {
    const document = ('openapiObject' in given ? given.openapiObject : {}) as Draft
    for (const { url, method } of this.#withOptionalBody) {
      const body = document.paths?.[url]?.[method]?.requestBody
      if (body !== undefined) body.required = false
    }
    const tags = Object.entries(TAGS).map(([name, description]) => ({ name, description }))
    return {
      ...document,
      tags,
      components: { ...document.components, schemas: this.#components.all() },
    } as ReturnType<SwaggerTransformObject>
  }
}

/** The parts of a document that `complete` changes. */
interface Draft {
  paths?: Record<string, Record<string, { requestBody?: { required: boolean } }>>
  components?: object
}

function describeMixpanel({ tag, summary, description, answers }: Description, url: string): FastifySchema {
  return {
    tags: [tag],
    summary,
    ...(description !== undefined && { description }),
    ...paramsOf(url, MIXPANEL_PARAMS),
    security: [{}, { projectSecret: [] }],
    response: { ...answers, default: json('As Mixpanel refuses.', {}) },
  }
}

function paramsOf(url: string, descriptions: Readonly<Record<string, string>>) {
  const names = [...url.matchAll(/:(\w+)/g)].map(([, name = '']) => name)
  if (names.length === 0) return {}
  const properties = Object.fromEntries(
    names.map((name) => [name, { type: 'string', description: descriptions[name] ?? name }]),
  )
  return { params: { type: 'object', properties } }
}
