import { json, listOf, type Operations, object, shape } from './operation.ts'

const tags = ['Explaining'] as const

/** What records would do, and what can be told of them. */
export const EXPLAINING_OPERATIONS: Operations = {
  'POST /_twin/explain': {
    tags,
    operationId: 'explain',
    summary: 'Say what records would do in each identity system',
    description: 'By the code that takes records in, into an empty project of each mode. Writes nothing.',
    example: {
      records: [
        { event: 'View', properties: { token: 't', $device_id: 'd1', distinct_id: '$device:d1' } },
        { event: 'Sign Up', properties: { token: 't', $device_id: 'd1', $user_id: 'charlie' } },
      ],
    },
    answers: {
      200: json('The users and outcomes of each mode, and where modes differ.', shape('Explanation')),
    },
  },
  'GET /_twin/verdicts': {
    tags,
    operationId: 'listCatalogue',
    summary: 'Read the catalogue of verdicts',
    answers: {
      200: json(
        'Every verdict there is, {…} in place of what differs.',
        object({
          verdicts: listOf(shape('RenderedVerdict')),
        }),
      ),
    },
  },
}
