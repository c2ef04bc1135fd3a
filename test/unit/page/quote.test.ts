import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import {
  dartLiteral,
  goLiteral,
  inComment,
  javaLiteral,
  jsLiteral,
  kotlinLiteral,
  phpLiteral,
  pythonLiteral,
  rubyLiteral,
  shellWord,
  swiftLiteral,
} from '../../../src/page/setup/quote.ts'
import { SNIPPETS } from '../../../src/page/setup/snippets.ts'

/** Tokens that would end a literal, or run something in one, where they were put as they are. */
const HOSTILE = [
  'plain-token',
  "it's",
  'say "hi"',
  'both \' and "',
  '\\',
  "\\'",
  '\\"',
  '\\n',
  '\\u000a"',
  '\\u0022',
  "'); process.exit(7); ('",
  '"); import os; os._exit(7); ("',
  '$HOME',
  '$(exit 7)',
  `$\{process.exit(7)}`,
  '`exit 7`',
  '#{exit 7}',
  '#$0',
  '\\(7)',
  '{$x}',
  '%s%n',
  '!!',
  '</script><script>alert(1)</script>',
  '<!--<script>',
  '?>',
  '*/',
  '-- //',
  'a\nb',
  'a\r\nb',
  'tab\tand\u0000nul\u0007\u007f\u0085',
  '\u2028\u2029',
  'ü🙂',
]

const folder = mkdtempSync(join(tmpdir(), 'twinpanel-quote-'))
afterAll(() => rmSync(folder, { recursive: true }))

/** Runs a program, and gives what it writes as JSON. */
function run(command: string, args: readonly string[], name: string, program: string): unknown {
  const path = join(folder, name)
  writeFileSync(path, program)
  const env = { ...process.env, HOME: folder, GOCACHE: join(folder, 'cache'), PYTHONIOENCODING: 'utf-8' }
  const { status, stdout, stderr } = spawnSync(command, [...args, path], { encoding: 'utf8', env })
  if (status !== 0) throw new Error(`${command} has failed: ${stderr}`)
  return stdout
    .split('\n')
    .filter(Boolean)
    .map((line) => Buffer.from(line, 'hex').toString('utf8'))
}

const has = (command: string) => spawnSync('sh', ['-c', `command -v ${command}`]).status === 0
const all = (literal: (text: string) => string, separator = ', ') => HOSTILE.map(literal).join(separator)

/** Programs that write each text in hexadecimal, a line each. */
const LANGUAGES = [
  {
    command: process.execPath,
    args: [],
    name: 'a.mjs',
    program: `for (const text of [${all(jsLiteral)}]) console.log(Buffer.from(text).toString('hex'))`,
  },
  {
    command: 'python3',
    args: [],
    name: 'a.py',
    program: `for text in [${all(pythonLiteral)}]:\n    print(text.encode("utf-8").hex())`,
  },
  {
    command: 'sh',
    args: [],
    name: 'a.sh',
    program: HOSTILE.map(
      (text) => `printf %s ${shellWord(text.replaceAll('\u0000', ''))} | od -An -v -tx1 | tr -d ' \\n'; echo`,
    ).join('\n'),
  },
  {
    command: 'ruby',
    args: [],
    name: 'a.rb',
    program: `[${all(rubyLiteral)}].each { |text| puts text.unpack1('H*') }`,
  },
  {
    command: 'php',
    args: [],
    name: 'a.php',
    program: `<?php foreach ([${all(phpLiteral)}] as $text) echo bin2hex($text), "\\n";`,
  },
  {
    command: 'go',
    args: ['run'],
    name: 'a.go',
    program: `package main\nimport "fmt"\nfunc main() { for _, text := range []string{${all(goLiteral)}} { fmt.Printf("%x\\n", text) } }`,
  },
  {
    command: 'java',
    args: ['-Dfile.encoding=UTF-8'],
    name: 'A.java',
    program: `class A { public static void main(String[] args) throws Exception { for (String text : new String[] {${all(javaLiteral)}}) {
      for (byte own : text.getBytes("UTF-8")) System.out.printf("%02x", own);
      System.out.println(); } } }`,
  },
] as const

// Without any of them the tests below say little: Node and a shell are always there, the others in CI.
describe.each(LANGUAGES)('a literal that $command reads', ({ command, args, name, program }) => {
  it.skipIf(!has(command))(
    'is the text itself, and runs nothing',
    () => {
      const expected = HOSTILE.map((text) => (command === 'sh' ? text.replaceAll('\u0000', '') : text))
      expect(run(command, args, name, program)).toEqual(expected)
    },
    60_000,
  )
})

describe('a literal for a language that few machines have', () => {
  it.each([
    ['Kotlin', kotlinLiteral, `a"b\\c$d$\{e}\n`, `"a\\"b\\\\c\\$d\\$\{e}\\u000a"`],
    ['Dart', dartLiteral, `a"b\\c$d$\{e}\n`, `"a\\"b\\\\c\\$d\\$\{e}\\u{000a}"`],
    ['Swift', swiftLiteral, 'a"b\\(c)$d\n', '"a\\"b\\\\(c)$d\\u{000a}"'],
    ['a comment of C#', inComment, 'a\nb\u2028c"\\', 'a\\u000ab\\u2028c"\\'],
  ] as const)('%s', (_name, literal, text, expected) => {
    expect(literal(text)).toBe(expected)
  })

  it.each([
    [kotlinLiteral, /^"(?:[^"\\$\p{Cc}]|\\[\\"$]|\\u[\da-f]{4})*"$/u],
    [dartLiteral, /^"(?:[^"\\$\p{Cc}]|\\[\\"$]|\\u\{[\da-f]{4}\})*"$/u],
    [swiftLiteral, /^"(?:[^"\\\p{Cc}]|\\[\\"]|\\u\{[\da-f]{4}\})*"$/u],
    [goLiteral, /^"(?:[^"\\\p{Cc}]|\\[\\"]|\\u[\da-f]{4})*"$/u],
    [javaLiteral, /^"(?:[^"\\\p{Cc}]|\\[\\"]|\\[0-3][0-7]{2})*"$/u],
  ])('holds nothing that ends it, or is run in it', (literal, grammar) => {
    for (const text of HOSTILE) expect(literal(text)).toMatch(grammar)
  })
})

it('no script of a page is ended by a literal of JavaScript', () => {
  for (const text of HOSTILE) expect(jsLiteral(text)).not.toMatch(/<\/|<!--/)
})

const URL_HERE = 'http://localhost:4100'

describe('set-ups', () => {
  const quoted = SNIPPETS.filter(({ id }) => id !== 'unity').map((own) => [own.name, own] as const)
  it.each(quoted)('%s: no token is put as it is', (_name, { code }) => {
    const token = `a'b"c\\d`
    const shown = code({ token, url: URL_HERE })
    expect(shown).toMatch(/a.+b.+c.+d/)
    expect(shown).not.toContain(token)
  })

  it('Unity: a comment stays one', () => {
    const unity = SNIPPETS.find(({ id }) => id === 'unity')
    const lines = unity?.code({ token: 'a\nb\u2028c', url: URL_HERE }).split(/[\n\u2028]/)
    expect(lines?.map((line) => line.startsWith('//'))).toEqual([true, true, true, false, false])
  })

  it('curl sends the token that it was given', () => {
    const curl = SNIPPETS.find(({ id }) => id === 'curl')
    for (const token of HOSTILE.filter((text) => !text.includes('\u0000'))) {
      // Instead of curl, something that writes its last argument.
      const code = (curl?.code({ token, url: URL_HERE }) ?? '').replace(/^curl /, 'show ')
      const { stdout } = spawnSync('sh', ['-c', `show() { shift 4; printf %s "$1"; }\n${code}`], {
        encoding: 'utf8',
      })
      expect(JSON.parse(stdout)[0].properties.token).toBe(token)
    }
  })

  it('JavaScript: the browser’s and Node’s run with any token', () => {
    for (const id of ['browser', 'node']) {
      const snippet = SNIPPETS.find((own) => own.id === id)
      for (const token of HOSTILE) {
        const code = (snippet?.code({ token, url: URL_HERE }) ?? '').replace(/^import .*\n/, '')
        const seen: unknown[] = []
        const sdk = { init: (given: string) => void seen.push(given) }
        const call = code
          .split('\nmixpanel.track')[0]
          ?.replace(/^const mixpanel = Mixpanel|^mixpanel/m, 'sdk')
        new Function('sdk', call ?? '')(sdk)
        expect(seen).toEqual([token])
      }
    }
  })
})
