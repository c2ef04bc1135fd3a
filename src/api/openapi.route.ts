import swagger, { type FastifyDynamicSwaggerOptions } from '@fastify/swagger'
import type { FastifyInstance } from 'fastify'
import type { RouteDescriber } from './openapi/describe-routes.ts'
import { OPENAPI_DOCUMENT } from './openapi.shape.ts'
import { addRoute } from './routing/add-routes.ts'

/** The version of the shapes: the first number rises when they change, the second when something is added. */
const VERSION = '1.3.0'

const OPENAPI = {
  openapi: '3.1.1',
  info: {
    title: 'Twinpanel',
    version: VERSION,
    description: 'A Mixpanel you can run yourself that explains why something had no effect.',
    license: { name: 'Apache License 2.0', identifier: 'Apache-2.0' },
  },
  components: {
    securitySchemes: {
      adminToken: { type: 'http', scheme: 'bearer', description: 'TWINPANEL_ADMIN_TOKEN.' },
      projectSecret: {
        type: 'http',
        scheme: 'basic',
        description: 'As for Mixpanel: the secret or token as the username, or a service account.',
      },
    },
  },
} satisfies FastifyDynamicSwaggerOptions['openapi']

/**
 * Collects the routes that are added from now on. Out: a function that adds `GET /_twin/openapi.json`, which describes
 * our routes by their shapes and those of Mixpanel by a table. The code that describes them is loaded on the first
 * request, to keep it out of the start. The schemas of answers are not passed to Fastify, which would drop the fields
 * that they omit.
 */
export async function collectRoutes(app: FastifyInstance, adminToken: string | undefined) {
  let describer: RouteDescriber | undefined
  const loaded = (): RouteDescriber => {
    if (describer === undefined) throw new Error('the document is asked for before what writes it is loaded')
    return describer
  }
  const options: FastifyDynamicSwaggerOptions = {
    openapi: OPENAPI,
    convertConstToEnum: false,
    transform: ({ route }) => loaded().describe(route),
    transformObject: (document) => loaded().complete(document),
  }
  await app.register(swagger, options)
  return (scope: FastifyInstance): void => {
    addRoute(scope, OPENAPI_DOCUMENT, async (_request, reply) => {
      if (describer === undefined) {
        const { RouteDescriber } = await import('./openapi/describe-routes.ts')
        describer = new RouteDescriber(adminToken !== undefined)
      }
      return await reply.send(app.swagger())
    })
  }
}
