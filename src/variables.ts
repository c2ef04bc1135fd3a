/** One environment variable: its name, its default (if that is a constant), and what it does. */
export interface Variable {
  readonly name: string
  readonly default?: string
  readonly description: string
}

/** Every variable the server reads, in the order of `.env.example`, which a test compares with it. */
export const VARIABLES = [
  { name: 'HOST', default: '127.0.0.1', description: 'Address to listen on: an IP address or a host name.' },
  { name: 'PORT', default: '4100', description: 'Port to listen on; 0 for any free port.' },
  {
    name: 'DATABASE_URL',
    description: 'postgres:// URL of the database; without it, an embedded Postgres is started.',
  },
  {
    name: 'TWINPANEL_DATA_DIR',
    default: './.twinpanel',
    description:
      'Directory for the embedded Postgres, the self-signed certificate and the generated admin token.',
  },
  {
    name: 'TWINPANEL_DISK_RESERVE_MB',
    default: '256',
    description:
      'Free space on the disk of the embedded Postgres below which records are answered 503, so that Postgres has room ' +
      'to recover; 0 for none.',
  },
  {
    name: 'TWINPANEL_ADMIN_TOKEN',
    description:
      'Bearer token for /_twin and for reading back, at least 20 characters; required when HOST is not a loopback ' +
      'address, and behind a proxy. generate: create one on the first start, keep it in the data directory, and print ' +
      'a link with it at each start.',
  },
  {
    name: 'TWINPANEL_UNKNOWN_TOKENS',
    description:
      'Whether an unknown project token creates a project (create) or its records are dropped (drop). Default: create ' +
      'on the embedded database (without an admin token not for public web pages), drop with DATABASE_URL.',
  },
  {
    name: 'TWINPANEL_NEW_TOKENS_PER_MINUTE',
    default: '6000',
    description:
      'Projects that unknown tokens can create per minute, on all servers of the database together.',
  },
  {
    name: 'TWINPANEL_NEW_TOKENS_MAX',
    default: '100000',
    description: 'The maximum number of projects created by unknown tokens.',
  },
  {
    name: 'TWINPANEL_TRUST_PROXY',
    default: 'false',
    description:
      'The peers trusted to set X-Forwarded-For: true, false, or a comma-separated list of addresses, CIDRs, ' +
      'loopback, linklocal, uniquelocal; requires TWINPANEL_ADMIN_TOKEN.',
  },
  {
    name: 'TWINPANEL_WORKERS',
    default: '1',
    description:
      'Processes that answer requests, on one port: a number from 1 to 64, or auto for one per processor core, of ' +
      'which an embedded Postgres takes a third. Ephemeral servers have one.',
  },
  {
    name: 'TWINPANEL_DRAIN_SECONDS',
    default: '0',
    description:
      'How long a server that is asked to stop goes on as before, except that /_twin/ready is 503, so that a load ' +
      'balancer stops using it: the time of its health checks. 0 to 300.',
  },
  {
    name: 'TWINPANEL_GEOIP_DATABASE',
    description:
      'Path of a geolocation database (.mmdb of MaxMind, DB-IP or ip-location-db); without it, only the ' +
      'documentation addresses have a location.',
  },
  {
    name: 'LOG_LEVEL',
    default: 'warn',
    description: 'Log level: trace, debug, info, warn, error, fatal or silent; logs go to stderr.',
  },
  { name: 'TLS_CERT', description: 'Path of the certificate (PEM) for https; requires TLS_KEY.' },
  { name: 'TLS_KEY', description: 'Path of the private key (PEM) of TLS_CERT.' },
  {
    name: 'TLS',
    description:
      'self-signed: serve https with a certificate that is created on the first start and kept in the data directory.',
  },
] as const satisfies readonly Variable[]

export type VariableName = (typeof VARIABLES)[number]['name']
