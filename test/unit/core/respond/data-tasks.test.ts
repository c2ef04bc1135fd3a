import { expect, it } from 'vitest'
import type { DataTask } from '../../../../src/core/privacy/task.ts'
import {
  DELETION_CANCELLED,
  DELETION_NOT_CANCELLED,
  deletionStatus,
  refuseTask,
  retrievalStatus,
  taskCreated,
  taskList,
  taskPath,
} from '../../../../src/core/respond/data-tasks.ts'
import type { ReplyPlan } from '../../../../src/core/respond/plan.ts'
import { NOW_MS } from '../../build.ts'

const task: DataTask = {
  trackingId: 'T',
  kind: 'deletion',
  status: 'STAGING',
  requestedAtMs: NOW_MS,
  complianceType: 'CCPA',
  disclosureType: 'SOURCES',
  distinctIds: ['a', 'b'],
}

it.each<readonly [string, ReplyPlan, number, unknown]>([
  [
    'a task that was taken (GDP-02, CON-35)',
    taskCreated('T'),
    201,
    { status: 'ok', results: { task_id: 'T', tracking_id: 'T' } },
  ],
  [
    'tasks (GDP-04)',
    taskList([task], 7),
    200,
    {
      status: 'ok',
      results: [
        {
          status: 'STAGING',
          disclosure_type: 'SOURCES',
          date_requested: '2026-08-20T12:00:00',
          tracking_id: 'T',
          project_id: 7,
          compliance_type: 'CCPA',
          destination_url: null,
          requesting_user: 'admin',
          distinct_id_count: 2,
        },
      ],
    },
  ],
  [
    'a retrieval (GDP-04)',
    retrievalStatus({ ...task, status: 'SUCCESS' }, 'link'),
    200,
    {
      status: 'ok',
      results: { status: 'SUCCESS', result: 'link', results: 'link', distinct_ids: ['a', 'b'] },
    },
  ],
  [
    'a retrieval that there is not (GDP-04)',
    retrievalStatus(undefined, ''),
    200,
    { status: 'ok', results: { status: 'NOT_FOUND', result: '', results: '', distinct_ids: [] } },
  ],
  [
    'a deletion (GDP-04)',
    deletionStatus(task, 'T', 7),
    200,
    {
      status: 'ok',
      results: {
        tracking_id: 'T',
        status: 'STAGING',
        requesting_user: 'admin',
        compliance_type: 'CCPA',
        project_id: 7,
        date_requested: '2026-08-20T12:00:00',
        distinct_ids: ['a', 'b'],
      },
    },
  ],
  [
    'a deletion that there is not (GDP-04)',
    deletionStatus(undefined, 'T', 7),
    200,
    {
      status: 'ok',
      results: {
        tracking_id: 'T',
        status: 'NOT_FOUND',
        requesting_user: '',
        compliance_type: '',
        project_id: 7,
        date_requested: '',
        distinct_ids: [],
      },
    },
  ],
  [
    'a deletion that cannot be cancelled (GDP-04)',
    DELETION_NOT_CANCELLED,
    405,
    {
      status: 'error',
      error: 'the deletion cannot be cancelled: it has started, is over or is not known',
    },
  ],
  ['a refusal (GDP-03)', refuseTask(413, 'why'), 413, { status: 'error', error: 'why' }],
])('the answer: %s', (_what, plan, status, body) => {
  const own = { status, contentType: 'application/json', body: JSON.stringify(body) }
  expect(plan).toEqual(status === 405 ? { ...own, headers: { allow: 'GET' } } : own)
})

it('a deletion that was cancelled needs no words (GDP-04)', () => {
  expect(DELETION_CANCELLED).toEqual({ status: 204, contentType: 'application/json', body: '' })
})

it('the path names the kind (GDP-01)', () => {
  expect([taskPath('retrieval'), taskPath('deletion')]).toEqual([
    '/api/app/data-retrievals/v3.0',
    '/api/app/data-deletions/v3.0',
  ])
})
