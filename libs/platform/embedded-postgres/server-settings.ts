/** The server starts with an environment built from nothing: no proxy, preload or locale of the caller's reaches it. */
export const serverEnvironment = { PATH: '/usr/bin:/bin', TZ: 'UTC', LC_ALL: 'C.UTF-8' };

/** Each setting of the embedded server with its reason. A caller may add settings (tests do); `listen_addresses` stays as it is. */
export const serverSettings: Readonly<Record<string, string>> = {
  // reach
  listen_addresses: '127.0.0.1', // never another machine
  unix_socket_directories: '', // one way in, with a password
  password_encryption: 'scram-sha-256',
  // durability
  fsync: 'on',
  synchronous_commit: 'on',
  full_page_writes: 'on',
  // a small machine
  max_connections: '100', // pools of api, worker, sequencer and queue, with room for a second start
  shared_buffers: '128MB',
  work_mem: '8MB',
  maintenance_work_mem: '64MB',
  effective_cache_size: '512MB',
  max_wal_size: '512MB',
  random_page_cost: '1.1', // solid-state storage
  max_parallel_workers_per_gather: '1', // two cores
  jit: 'off', // short statements; compiling costs more than it saves
  // nothing of a customer's in the log
  log_min_messages: 'warning',
  log_min_error_statement: 'panic',
  log_parameter_max_length: '0',
  log_parameter_max_length_on_error: '0',
  log_timezone: 'UTC',
  timezone: 'UTC',
  max_prepared_transactions: '0', // a prepared transaction would outlive its tenant's visit
};
