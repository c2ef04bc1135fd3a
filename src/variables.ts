/** One environment variable: its name, its default (if that is a constant), and what it does. */
export interface Variable {
  readonly name: string
  readonly default?: string
  readonly description: string
}

/** Every variable the server reads, in the order of `.env.example`, which a test compares with it. */
export const VARIABLES = [
  { name: 'HOST', default: '127.0.0.1', description: 'Address to listen on: an IP address or a host name.' },
  { name: 'PORT', default: '4100', description: 'Port to listen on; 0 takes any free one.' },
  {
    name: 'DATABASE_URL',
    description: 'postgres:// URL of a database to use; without it, an embedded Postgres is started.',
  },
  {
    name: 'TWINPANEL_DATA_DIR',
    default: './.twinpanel',
    description: 'Directory for the embedded Postgres and the self-signed certificate.',
  },
  {
    name: 'TWINPANEL_ADMIN_TOKEN',
    description:
      'Bearer token for /_twin and for reading back, of 20 characters at least; required when HOST is not a loopback ' +
      'address, and behind a proxy.',
  },
  {
    name: 'TWINPANEL_UNKNOWN_TOKENS',
    description:
      'What an unknown project token does, create or drop; by default create on the embedded database (without an ' +
      'admin token not for web pages of the internet), drop on DATABASE_URL.',
  },
  {
    name: 'TWINPANEL_NEW_TOKENS_PER_MINUTE',
    default: '6000',
    description:
      'Projects that unknown tokens may make in a minute, on all servers of the database together.',
  },
  {
    name: 'TWINPANEL_NEW_TOKENS_MAX',
    default: '100000',
    description: 'Projects made by unknown tokens that there may be in all.',
  },
  {
    name: 'TWINPANEL_TRUST_PROXY',
    default: 'false',
    description:
      'Whose X-Forwarded-For is believed: true, false, or a comma list of addresses, CIDRs, loopback, ' +
      'linklocal, uniquelocal; needs TWINPANEL_ADMIN_TOKEN.',
  },
  {
    name: 'TWINPANEL_GEOIP_DATABASE',
    description:
      'Path of a database of places of addresses (.mmdb of MaxMind, DB-IP or ip-location-db); without it ' +
      'only the addresses of documentation have a place.',
  },
  {
    name: 'LOG_LEVEL',
    default: 'warn',
    description: 'trace, debug, info, warn, error, fatal or silent; logs go to stderr.',
  },
  { name: 'TLS_CERT', description: 'Path of a certificate (PEM) to serve https with; needs TLS_KEY.' },
  { name: 'TLS_KEY', description: 'Path of the private key (PEM) of TLS_CERT.' },
  {
    name: 'TLS',
    description:
      'self-signed: serve https with a certificate made on the first start, kept in the data directory.',
  },
] as const satisfies readonly Variable[]

export type VariableName = (typeof VARIABLES)[number]['name']
