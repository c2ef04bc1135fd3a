import pg from 'pg'
import { describe, expect, it } from 'vitest'
import { CommitsLate, classifyStoreError, isTransient, isUnreachable } from '../../../src/store/errors.ts'

/*
 * Errors as Citus 13.2 sends them, each with its SQLSTATE, the source file that reports it, and its message: what the
 * coordinator makes of a worker that cannot be reached, or of what that worker has answered.
 */

const errorOf = (code: string, file: string, message: string) =>
  Object.assign(new pg.DatabaseError(message, message.length, 'error'), { code, file })

const LOST: readonly (readonly [code: string, file: string, message: string])[] = [
  // Connecting, and statements on connections that are lost.
  ['08006', 'connection_management.c', 'connection establishment for node w1:5432 failed'],
  ['08006', 'remote_commands.c', 'connection to the remote node postgres@w1:5432 failed'],
  ['08006', 'adaptive_executor.c', 'could not establish any connections to the node w1:5432 after 30000 ms'],
  [
    '08006',
    'adaptive_executor.c',
    'the total number of connections on the server is more than max_connections(100)',
  ],
  [
    'XX000',
    'adaptive_executor.c',
    'execution cannot recover from multiple connection failures. Last node failed w1:5432',
  ],
  [
    'XX000',
    'adaptive_executor.c',
    'unable to recover from inconsistent state in the connection state machine',
  ],
  ['XX000', 'connection_management.c', 'connection hash entry is NULL or invalid'],
  ['XX000', 'remote_commands.c', 'server closed the connection unexpectedly'],
  ['XX000', 'latch.c', 'cannot wait on socket event without a socket'],
  ['XX000', 'latch.c', 'epoll_ctl() failed: Bad file descriptor'],
  ['XX000', 'waiteventset.c', 'epoll_ctl() failed: Bad file descriptor'],
  // The commit over several workers, and that of one.
  ['XX000', 'remote_transaction.c', 'failure on connection marked as essential: w1:5432'],
  ['XX000', 'remote_transaction.c', `failed to prepare transaction 'citus_0_1_1_0' on host w1:5432`],
  [
    'XX000',
    'placement_connection.c',
    'could not commit transaction for shard 102008 on at least one active node',
  ],
  // COPY, which passes on what a worker answers without its SQLSTATE.
  ['XX000', 'multi_copy.c', 'terminating connection due to administrator command'],
  ['XX000', 'multi_copy.c', 'could not connect to any active placements'],
  ['XX000', 'multi_copy.c', 'could not find an available connection'],
  ['58030', 'multi_copy.c', 'failed to COPY to shard 102008 on w1:5432'],
  ['58030', 'multi_copy.c', 'failed to complete COPY on w1:5432'],
  // Results that are passed from node to node.
  ['XX000', 'intermediate_results.c', 'cannot connect to w1:5432 to fetch intermediate results'],
  ['58P01', 'intermediate_results.c', 'could not open file "base/pgsql_job_cache/10_0_1/1_0.data"'],
  // What a worker answers, with its own SQLSTATE.
  ['57P01', 'remote_commands.c', 'terminating connection due to administrator command'],
  ['57P02', 'remote_commands.c', 'terminating connection because of crash of another server process'],
  ['57P03', 'remote_commands.c', 'the database system is starting up'],
  ['53300', 'remote_commands.c', 'sorry, too many clients already'],
  ['53100', 'remote_commands.c', 'could not extend file: No space left on device'],
]

describe('an error of Citus', () => {
  it.each(LOST)(
    'of a lost worker, %s in %s: %s, means that the same request may succeed later (DEC-08)',
    (...error) => {
      expect(classifyStoreError(errorOf(...error))).toBe('unavailable')
      expect(isUnreachable(errorOf(...error))).toBe(true)
    },
  )

  it.each([
    ['40001', 'citus_custom_scan.c', 'a shard was moved or split while the statement was planned'],
    [
      '40P01',
      'shared_library_init.c',
      'canceling the transaction since it was involved in a distributed deadlock',
    ],
    ['55P03', 'resource_lock.c', 'could not acquire the lock required to move public.event'],
    ['40P01', 'remote_commands.c', 'deadlock detected'],
  ])('of other transactions, %s in %s: %s, is a conflict, which is tried again', (...error) => {
    expect(classifyStoreError(errorOf(...error))).toBe('conflict')
  })

  it.each([
    [
      '0A000',
      'multi_router_planner.c',
      'complex joins are only supported when all distributed tables are co-located',
    ],
    ['XX000', 'multi_physical_planner.c', 'unrecognized multi-node type: 7'],
    ['XX000', 'execMain.c', 'unrecognized operation code: 9'],
    ['22P02', 'jsonfuncs.c', 'invalid input syntax for type json'],
    ['23505', 'remote_commands.c', 'duplicate key value violates unique constraint'],
    ['42P01', 'remote_commands.c', 'relation "event_102008" does not exist'],
  ])('of a wrong statement, %s in %s: %s, is not answered as one that may be sent again', (...error) => {
    expect(isTransient(errorOf(...error))).toBe(false)
  })
})

it('a commit of which a worker has yet to do its part is waited for as a database that is away', () => {
  expect(isUnreachable(new CommitsLate())).toBe(true)
})
