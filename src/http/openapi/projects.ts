import { ORDER } from '../../read/order.ts'
import { PROJECTS_LIMIT } from '../../read/projects.ts'
import { AFTER, json, listOf, nothing, type Operations, object, pageOf, shape } from './operation.ts'

const tags = ['Projects'] as const

/** `/_twin/projects`, and what changes a project as a whole. */
export const PROJECT_OPERATIONS: Operations = {
  'POST /_twin/projects': {
    tags,
    operationId: 'createProject',
    summary: 'Make a project',
    description: 'Every field has a default. The secrets are in this answer and never again.',
    isBodyOptional: true,
    example: { name: 'Shop', token: 'shop-test', id_management: 'simplified', timezone: 'Europe/Berlin' },
    answers: { 201: json('The project, and its secrets.', shape('NewProject')) },
  },
  'GET /_twin/projects': {
    tags,
    operationId: 'listProjects',
    summary: 'List the projects',
    query: {
      search: { type: 'string', description: 'What the name or the token has in it, whatever the case.' },
      order: ORDER,
      after: AFTER,
      limit: PROJECTS_LIMIT,
    },
    answers: { 200: json('A page of projects.', pageOf('projects', shape('Project'))) },
  },
  'GET /_twin/projects/:project': {
    tags,
    operationId: 'readProject',
    summary: 'Read a project',
    answers: { 200: json('The project, without its secrets.', shape('Project')) },
  },
  'PATCH /_twin/projects/:project': {
    tags,
    operationId: 'changeProject',
    summary: 'Change a project',
    description: 'What is left out stays. id_management can be changed only while the project is empty.',
    example: { name: 'Shop', settings: { retention_days: 30 } },
    answers: { 200: json('The project as it is now.', shape('Project')) },
  },
  'DELETE /_twin/projects/:project': {
    tags,
    operationId: 'deleteProject',
    summary: 'Delete a project with all its data',
    answers: { 204: nothing('It is gone.') },
  },
  'POST /_twin/projects/:project/reset': {
    tags,
    operationId: 'resetProject',
    summary: 'Empty a project',
    description:
      'Forgets all records, identities, profiles, verdicts and faults; keeps the project, its credentials, settings and flags. Made for beforeEach: a few milliseconds, however much there was.',
    answers: { 204: nothing('It is empty.') },
  },
  'POST /_twin/projects/:project/credentials': {
    tags,
    operationId: 'renewCredentials',
    summary: 'Renew the credentials of a project',
    description:
      'The old ones stop working. The way to those of a project that the first use of a token made.',
    answers: { 201: json('The new ones.', shape('Credentials')) },
  },
  'POST /_twin/projects/:project/advance': {
    tags,
    operationId: 'advanceTasks',
    summary: 'Do waiting data retrievals and deletions now',
    description: 'What takes Mixpanel up to 30 days.',
    isBodyOptional: true,
    example: { to: 'SUCCESS' },
    answers: {
      200: json(
        'The tasks that moved.',
        object({
          tasks: listOf(
            object({
              tracking_id: { type: 'string' },
              kind: { enum: ['retrieval', 'deletion'] },
              status: { enum: ['PENDING', 'STAGING', 'STARTED', 'SUCCESS'] },
            }),
          ),
        }),
      ),
    },
  },
  'POST /_twin/projects/:project/compact': {
    tags,
    operationId: 'compactProject',
    summary: 'Remove duplicates now',
    description: 'What Mixpanel’s compaction may do some day: of events with one $insert_id, one stays.',
    isBodyOptional: true,
    example: { day: '2026-08-20' },
    answers: {
      200: json(
        'What was done.',
        object({
          days: { type: 'integer', minimum: 0, description: 'Days that had events.' },
          removed: { type: 'integer', minimum: 0 },
        }),
      ),
    },
  },
}
