import type { Settings } from './context.ts'

/** For a small server that mostly takes in events. `fsync` and `synchronous_commit` stay on: an answer is a promise. */
export const defaultSettings: Settings = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  cluster_name: 'twinpanel',
  // No superuser can log in.
  superuser_reserved_connections: '0',
  shared_buffers: '128MB',
  // The users of a million events are counted without a file.
  work_mem: '16MB',
  // Fewer checkpoints and full pages under bulk load; nobody replicates from this server.
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
  // Failed statements and rows hold events; they must not reach a log.
  log_error_verbosity: 'terse',
  log_min_error_statement: 'panic',
}

/** Whether what Postgres acknowledges survives a crash of the machine under these settings. */
export function isDurable(settings: Settings): boolean {
  return settings['fsync'] !== 'off'
}
