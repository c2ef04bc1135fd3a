/** What the tests of the Playwright fixture tell the specs. */
export interface SpecSettings {
  /** The app's address. */
  readonly site: string
  /** The address and port that requests to other hosts end at. */
  readonly elsewhere: string
  /** The directory that Playwright writes to. */
  readonly output: string
  /** The address of a browser that runs already. */
  readonly browser: string
  /** Which specs are run: `alone`, some with a server per worker; `failing`, with a server for all workers. */
  readonly which: 'passing' | 'failing' | 'alone'
}

const NAME = 'SPEC_SETTINGS'

/** The settings as an environment. */
export function writeSettings(settings: SpecSettings): Readonly<Record<string, string>> {
  return { [NAME]: JSON.stringify(settings) }
}

/** The settings in an environment. */
export function readSettings(env: Readonly<Record<string, string | undefined>>): SpecSettings {
  return JSON.parse(env[NAME] ?? '{}')
}

/** The path of a page of the app, with a configuration of the SDK. */
export function app(config: object, path = '/'): string {
  return `${path}?${encodeURIComponent(JSON.stringify(config))}`
}
