import { PITFALLS } from '../../core/clients/pitfalls.ts'
import { MIXPANEL_HOST, POINTED, SDK_RULES, TOKEN_VARIABLE, UNTOLD } from './sdk-rules.ts'

/** Something in a file that decides where records go. */
export interface Setting {
  readonly file: string
  /** From 1. */
  readonly line: number
  /** The line, without what may be secret. */
  readonly text: string
  /** What it is, in a few words. */
  readonly what: string
  /** It names a server already, perhaps this one. */
  readonly isPointed: boolean
  /** The line to write, or what to do. */
  readonly fix: string
  /** What is unexpected about this SDK and another host. */
  readonly pitfalls: readonly string[]
}

/** Lines after a call that may have its options. */
const LINES_OF_CALL = 8
const MAX_TEXT = 90

/** Pitfalls of an SDK that is told another host. */
const ON_HOSTS: ReadonlySet<string> = new Set([
  'android.loopback',
  'python.api_host_https',
  'python.alias_elsewhere',
  'ruby.use_ssl',
  'ruby.alias_elsewhere',
  'node.secret_https',
  'php.socket_ports',
])

/** What the lines of a file say about where records go. In: where the server is, without http://. */
export function readSettings(file: string, text: string, host: string): readonly Setting[] {
  if (/(^|\/)package\.json$/.test(file)) return readDependencies(file, text)
  const lines = text.split('\n')
  const rules = SDK_RULES.filter(({ files, needs }) => files.test(file) && (needs?.test(text) ?? true))
  return lines.flatMap((line, index): readonly Setting[] => {
    if (/^\s*(\/\/|#|\*|--)/.test(line) || line.length > 2_000) return []
    const place = { file, line: index + 1, text: shown(line) }
    const rule = rules.find(({ call }) => call.test(line))
    if (rule !== undefined) {
      const isPointed = POINTED.test(lines.slice(index, index + LINES_OF_CALL).join('\n'))
      const pitfalls = PITFALLS.filter(({ code, sdks }) => ON_HOSTS.has(code) && sdks?.includes(rule.sdk))
      return [
        {
          ...place,
          what: `the ${rule.name} SDK`,
          isPointed,
          fix: rule.fix(host),
          pitfalls: pitfalls.map(({ message, advice }) => `${message} ${advice}`),
        },
      ]
    }
    return readOther(line, host).map((other) => ({ ...place, ...other }))
  })
}

function readOther(line: string, host: string): readonly Omit<Setting, 'file' | 'line' | 'text'>[] {
  const named = MIXPANEL_HOST.exec(line)?.[0]
  if (named !== undefined) {
    return [
      {
        what: 'a host of Mixpanel',
        isPointed: false,
        fix: `http://${host} in place of https://${named}`,
        pitfalls: [],
      },
    ]
  }
  const variable = TOKEN_VARIABLE.exec(line)?.[1]
  if (variable === undefined) return []
  const fix = /TOKEN/.test(variable)
    ? `${variable}=my-app: a new token makes a project here, and a wrong setting sends nothing to the real one`
    : `leave ${variable} out of development, or use the credentials of a project here`
  return [{ what: 'a project of Mixpanel', isPointed: false, fix, pitfalls: [] }]
}

function readDependencies(file: string, text: string): readonly Setting[] {
  return text.split('\n').flatMap((line, index) => {
    const name = /^\s*"([^"]+)"\s*:\s*"[^"]*",?\s*$/.exec(line)?.[1]
    const what = name !== undefined && Object.hasOwn(UNTOLD, name) ? UNTOLD[name] : undefined
    if (what === undefined) return []
    const fix = 'twinpanel exec --intercept -- COMMAND: it cannot be told another host'
    return [
      {
        file,
        line: index + 1,
        text: shown(line),
        what: `a package that ${what}`,
        isPointed: false,
        fix,
        pitfalls: [],
      },
    ]
  })
}

/** The line as it may be printed: a token or a secret is shortened. */
function shown(line: string): string {
  const masked = line.trim().replace(/\b([0-9a-f]{4})[0-9a-f]{12,60}\b/gi, '$1…')
  return masked.length > MAX_TEXT ? `${masked.slice(0, MAX_TEXT - 1)}…` : masked
}
