import { describe, expect, it } from 'vitest'
import { type Command, readCommand } from '../../../src/cli/read-command.ts'

const SERVE = { kind: 'serve', variables: {}, isEphemeral: false } as const

const SEND = {
  kind: 'send',
  file: 'a.jsonl',
  endpoint: 'track',
  url: undefined,
  token: undefined,
  secret: undefined,
  serviceAccount: undefined,
  projectId: undefined,
  concurrency: 4,
  skip: 0,
  isStrict: false,
  isReally: false,
  isJson: false,
} as const

const EXPORT = {
  kind: 'export',
  file: '-',
  isGzip: false,
  url: undefined,
  access: { kind: 'project', project: 'p', adminToken: undefined },
  isProfiles: false,
  from: undefined,
  to: undefined,
  event: undefined,
  where: undefined,
} as const

describe('the arguments of the command', () => {
  const cases: readonly [string, readonly string[], Command][] = [
    ['nothing at all', [], SERVE],
    ['the default command by its name', ['serve'], SERVE],
    ['options of the default command', ['--port', '0'], { ...SERVE, variables: { PORT: '0' } }],
    ['a value after =', ['serve', '--port=8080'], { ...SERVE, variables: { PORT: '8080' } }],
    [
      'a value that begins with a dash, after =',
      ['--data-dir=-x'],
      { ...SERVE, variables: { TWINPANEL_DATA_DIR: '-x' } },
    ],
    [
      'no data to keep',
      ['--ephemeral', '--host', '::1'],
      { ...SERVE, variables: { HOST: '::1' }, isEphemeral: true },
    ],
    [
      'a command to run, with options of its own',
      ['exec', '--port', '1', '--', 'npm', 'test', '--', '--port', '-h'],
      { kind: 'exec', options: { port: 1 }, program: 'npm', args: ['test', '--', '--port', '-h'] },
    ],
    [
      'a proxy for the command',
      ['exec', '--intercept', '--pass-through', 'a.com, *.b.com', '--project=my-app', '--', 'x'],
      {
        kind: 'exec',
        options: { intercept: { passThrough: ['a.com', '*.b.com'], project: 'my-app' } },
        program: 'x',
        args: [],
      },
    ],
    [
      'records of a file',
      ['explain', 'a.json', '--endpoint', 'import', '--json'],
      { kind: 'explain', file: 'a.json', endpoint: 'import', isJson: true },
    ],
    ['standard input', ['explain', '-'], { kind: 'explain', file: '-', endpoint: 'track', isJson: false }],
    [
      'a file that begins with a dash',
      ['explain', '--', '-a'],
      { kind: 'explain', file: '-a', endpoint: 'track', isJson: false },
    ],
    ['records to send', ['send', 'a.jsonl'], SEND],
    [
      'how to send them',
      [
        'send',
        '-',
        '--url',
        'http://h',
        '--endpoint',
        'engage',
        '--token',
        't',
        '--skip',
        '7',
        '--json',
        '--really',
      ],
      {
        ...SEND,
        file: '-',
        url: 'http://h',
        endpoint: 'engage',
        token: 't',
        concurrency: 1,
        skip: 7,
        isJson: true,
        isReally: true,
      },
    ],
    ['a project to export', ['export', '--project', 'p'], EXPORT],
    [
      'what of it to export, and where to',
      ['export', 'a.gz', '--secret', 's', '--from', '2026-01-31', '--event', 'A', '--where', '1 == 1'],
      {
        ...EXPORT,
        file: 'a.gz',
        isGzip: true,
        access: { kind: 'credentials', pair: 's:', projectId: undefined },
        from: '2026-01-31',
        event: 'A',
        where: '1 == 1',
      },
    ],
    [
      'a database to distribute',
      ['distribute', '--database-url', 'postgres://db/a'],
      { kind: 'distribute', databaseUrl: 'postgres://db/a' },
    ],
    ['a folder to look at', ['doctor', 'app', '--json'], { kind: 'doctor', folder: 'app', isJson: true }],
    ['help', ['-h'], { kind: 'help', of: undefined }],
    ['help by its name', ['help'], { kind: 'help', of: undefined }],
    ['help on a command', ['exec', '--help'], { kind: 'help', of: 'exec' }],
    ['help on a command, by its name', ['help', 'explain'], { kind: 'help', of: 'explain' }],
    ['the version', ['--version'], { kind: 'version' }],
  ]
  it.each(cases)('%s', (_name, argv, command) => {
    expect(readCommand(argv)).toEqual({ ok: true, value: command })
  })

  it.each([
    [['srve'], 'There is no command "srve". Did you mean serve?'],
    [['help', 'explan'], 'There is no command "explan". Did you mean explain?'],
    [
      ['constructor'],
      'There is no command "constructor". Known: serve, exec, explain, send, export, doctor, distribute, help, version.',
    ],
    [['--ports', '1'], 'twinpanel serve has no option --ports. Did you mean --port?'],
    [['-p', '1'], 'twinpanel serve has no option -p. '],
    [['exec', '--ephemeral', '--', 'x'], 'twinpanel exec has no option --ephemeral. '],
    [['exec', '--project', 'my-app', '--', 'x'], 'Use --project with --intercept.'],
    [['exec', '--pass-through=*', '--', 'x'], 'Use --pass-through with --intercept.'],
    [['--__proto__'], 'twinpanel serve has no option --__proto__. '],
    [['--port'], '--port needs a value.'],
    [['--port', '--host'], '--port needs a value.'],
    [['--host='], '--host needs a value.'],
    [['--port', 'http'], '--port is "http": it must be a whole number from 0 to 65535.'],
    [['--port', '65536'], '--port is "65536": '],
    [['exec', '--port=1e3', '--', 'x'], '--port is "1e3": '],
    [['--ephemeral=no'], '--ephemeral takes no value.'],
    [['--ephemeral', '--data-dir', 'd'], 'Use either --ephemeral or --data-dir.'],
    [['--ephemeral', '--database-url', 'd'], 'Use either --ephemeral or --database-url.'],
    [['serve', 'now'], 'twinpanel serve takes options only, not "now".'],
    [['exec'], 'Name the command to run: twinpanel exec -- npm test'],
    [['exec', '--'], 'Name the command to run: '],
    [['exec', 'npm', 'test'], 'Put -- before the command: twinpanel exec -- npm test'],
    [['explain'], 'Name a file of records, or - for standard input'],
    [['explain', 'a', 'b'], 'twinpanel explain takes one file, not 2.'],
    [['explain', 'a', '--endpoint', 'engage'], '--endpoint is "engage": it must be track or import.'],
    [['send'], 'Name a file of records, or - for standard input: twinpanel send events.jsonl'],
    [['send', 'a', 'b'], 'twinpanel send takes one file, not 2.'],
    [['send', 'a', '--endpoint', 'trak'], 'There is no endpoint "trak". Did you mean track?'],
    [['send', 'a', '--concurrency', '0'], '--concurrency is "0": it must be a whole number from 1 to 64.'],
    [['send', 'a', '--skip', '1.5'], '--skip is "1.5": '],
    [['send', 'a', '--secret', 's', '--service-account', 'u:p'], 'Use either --secret or --service-account.'],
    [['send', 'a', '--service-account', 'u'], '--service-account must be USER:SECRET.'],
    [['export'], 'Name the project: twinpanel export --project my-app'],
    [['export', '--project', 'p', '--secret', 's'], 'Use one of --project, --secret and --service-account.'],
    [['export', '--service-account', 'u:p'], '--service-account needs --project-id'],
    [['export', '--project', 'p', '--from', '2026-13-01'], '--from is "2026-13-01": it must be a day'],
    [['export', '--project', 'p', '--profiles', '--event', 'A'], '--event is about events'],
    [['distribute', 'a'], 'twinpanel distribute takes no arguments but options.'],
    [['doctor', 'a', 'b'], 'twinpanel doctor takes one folder, not 2.'],
  ])('wrong ones are refused with a hint: %s', (argv, message) => {
    const read = readCommand(argv)
    expect(read.ok ? '' : read.error.slice(0, message.length)).toBe(message)
  })
})
