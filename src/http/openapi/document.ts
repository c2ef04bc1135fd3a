import swagger, { type FastifyDynamicSwaggerOptions } from '@fastify/swagger'
import type { FastifyInstance } from 'fastify'

/** The version of the shapes: the first number goes up where they change, the second where something is added. */
const VERSION = '1.2.0'

const OPENAPI = {
  openapi: '3.1.1',
  info: {
    title: 'Twinpanel',
    version: VERSION,
    description: 'A Mixpanel you can run yourself, that tells you why something had no effect.',
    license: { name: 'Apache License 2.0', identifier: 'Apache-2.0' },
  },
  components: {
    securitySchemes: {
      adminToken: { type: 'http', scheme: 'bearer', description: 'TWINPANEL_ADMIN_TOKEN.' },
      projectSecret: {
        type: 'http',
        scheme: 'basic',
        description: 'As Mixpanel wants them: the secret or token as username, or a service account.',
      },
    },
  },
} satisfies FastifyDynamicSwaggerOptions['openapi']

type Guide = typeof import('./guide.ts')

/**
 * Notes the routes that are added from here on. Out: adds `GET /_twin/openapi.json`, which describes them: by the
 * schemas that validate bodies, and by what guide.ts says of each, which is loaded when it is first asked for and so
 * costs no start anything. The schemas of answers are not given to the routes: Fastify would drop what they leave out.
 */
export async function collectRoutes(app: FastifyInstance, adminToken: string | undefined) {
  let guide: Guide | undefined
  const loaded = (): Guide => {
    if (guide === undefined) throw new Error('the document is asked for before its guide is loaded')
    return guide
  }
  const needsToken = adminToken !== undefined
  const options: FastifyDynamicSwaggerOptions = {
    openapi: OPENAPI,
    convertConstToEnum: false,
    transform: ({ route }) => loaded().describe(route, needsToken),
    transformObject: (document) => loaded().complete(document),
  }
  await app.register(swagger, options)
  return (scope: FastifyInstance): void => {
    scope.get('/_twin/openapi.json', async () => {
      guide ??= await import('./guide.ts')
      return app.swagger()
    })
  }
}
