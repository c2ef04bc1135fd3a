import { statfs } from 'node:fs/promises'
import { totalmem } from 'node:os'
import type { Settings } from './context.ts'

/**
 * For a small server that mostly ingests events. `fsync` and `synchronous_commit` stay on: an acknowledged event must
 * survive.
 */
export const defaultSettings: Settings = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  cluster_name: 'twinpanel',
  // No superuser can log in.
  superuser_reserved_connections: '0',
  // Enough to count the users of a million events without a temporary file.
  work_mem: '16MB',
  // Fewer checkpoints and full-page writes under bulk load; there is no replication.
  max_wal_size: '2GB',
  checkpoint_timeout: '15min',
  wal_compression: 'on',
  wal_level: 'minimal',
  max_wal_senders: '0',
  random_page_cost: '1.1',
  jit: 'off',
  timezone: 'UTC',
  log_timezone: 'UTC',
  log_line_prefix: '',
  // Failed statements and rows contain events, which must not be logged.
  log_error_verbosity: 'terse',
  log_min_error_statement: 'panic',
}

/** Whether acknowledged commits survive a crash of the machine with these settings. */
export function isDurable(settings: Settings): boolean {
  return settings['fsync'] !== 'off'
}

/** For data that may be lost with the machine, since nobody keeps it. */
export const throwawaySettings: Settings = {
  fsync: 'off',
  synchronous_commit: 'off',
  full_page_writes: 'off',
  shared_buffers: '32MB',
}

/** Connections that a process of the server uses at most, with some to spare. */
const CONNECTIONS_PER_PROCESS = 24
/** The default of Postgres. */
const DEFAULT_CONNECTIONS = 100

/** The settings that a server of several processes needs. */
export function connectionSettings(processes: number): Settings {
  const needed = processes * CONNECTIONS_PER_PROCESS
  return needed <= DEFAULT_CONNECTIONS ? {} : { max_connections: String(needed) }
}

const MEGABYTE = 1_048_576
const [MIN_BUFFERS, MAX_BUFFERS] = [128, 1_024]

/**
 * Buffers for an eighth of the memory, from 128 MB to 1 GB: with the indexes of a million events in them, an import takes
 * Postgres a sixth less processor time. It takes the memory only as the data grows. In: the memory of the machine, or of
 * the container, in bytes.
 */
export function bufferSettings(memoryBytes = memoryOfContainer()): Settings {
  const eighth = Math.floor(memoryBytes / 8 / MEGABYTE)
  return { shared_buffers: `${Math.min(Math.max(eighth, MIN_BUFFERS), MAX_BUFFERS)}MB` }
}

function memoryOfContainer(): number {
  // 0, or more than there is, where there is no limit.
  const limit = process.constrainedMemory()
  return limit > 0 ? Math.min(limit, totalmem()) : totalmem()
}

/** As docker-compose.yml gives its Postgres. */
const enoughSharedMemoryBytes = 256 * MEGABYTE

/**
 * Containers usually have 64 MB of POSIX shared memory, and a parallel query that needs more fails. Files in the data
 * directory, which stay in the page cache, have no such limit. In: where Linux has the shared memory.
 */
export async function sharedMemorySettings(directory = '/dev/shm'): Promise<Settings> {
  if (process.platform !== 'linux') return {}
  const { blocks, bsize } = await statfs(directory).catch(() => ({ blocks: 0, bsize: 0 }))
  return blocks * bsize < enoughSharedMemoryBytes ? { dynamic_shared_memory_type: 'mmap' } : {}
}
