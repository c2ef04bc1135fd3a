import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { runIn } from '../package/support/installed-package.ts'
import { blocksOf, isOutput } from '../support/examples.ts'
import { startOnDatabase } from '../support/prepared-data.ts'
import { ServerProcesses } from '../support/server-process.ts'

// The examples of docs/languages.md, run by the interpreters that this machine has: each passes, and fails with the
// reason if the app sends something else.

const page = readFileSync(new URL('../../docs/languages.md', import.meta.url), 'utf8')

const TWINPANEL_ADMIN_TOKEN = 'a-token-for-tests-only'
const processes = new ServerProcesses()
let url: string
beforeAll(async () => {
  url = await (await startOnDatabase(processes, { TWINPANEL_ADMIN_TOKEN })).url()
})
afterAll(() => processes.clean())

/** The little that the example needs of JUnit, which few machines have without a build tool. */
const JUNIT = {
  'org/junit/jupiter/api/Test.java': `package org.junit.jupiter.api;
    @java.lang.annotation.Retention(java.lang.annotation.RetentionPolicy.RUNTIME) public @interface Test {}`,
  'org/junit/jupiter/api/Assertions.java': `package org.junit.jupiter.api;
    public class Assertions {
      public static void assertTrue(boolean is) { if (!is) throw new AssertionError(); }
      public static void assertEquals(Object a, Object b) { if (!a.equals(b)) throw new AssertionError(b); }
    }`,
  'Main.java': `public class Main {
    public static void main(String[] args) throws Throwable {
      for (var method : SignUpTest.class.getDeclaredMethods()) {
        if (!method.isAnnotationPresent(org.junit.jupiter.api.Test.class)) continue;
        method.setAccessible(true);
        try { method.invoke(new SignUpTest()); }
        catch (java.lang.reflect.InvocationTargetException error) { throw error.getCause(); }
      }
    }
  }`,
}

interface Language {
  readonly name: string
  /** What must be there, as a command that succeeds. */
  readonly needs: string
  /** How the example is run; without it, as its page says. */
  readonly command?: string
  /** What the page leaves to its reader. */
  readonly files?: Readonly<Record<string, string>>
}

const LANGUAGES: readonly Language[] = [
  { name: 'Python', needs: 'python3 -m pytest --version' },
  { name: 'Ruby', needs: 'ruby -e \'require "minitest"\'' },
  { name: 'Go', needs: 'go version', files: { 'go.mod': 'module app\n\ngo 1.18\n' } },
  {
    name: 'Java',
    needs: 'javac -version',
    command: 'javac -d out *.java && java -cp out Main',
    files: JUNIT,
  },
  { name: 'PHP', needs: 'phpunit --version' },
]

const has = (command: string) => spawnSync('bash', ['-c', command]).status === 0

interface Example {
  readonly files: readonly (readonly [path: string, text: string])[]
  readonly command: string
  /** What it prints if it fails, where the page shows that. */
  readonly failure: string | undefined
}

function exampleOf({ name, command, files = {} }: Language): Example {
  const [, section = ''] = page.split(new RegExp(`^## ${name}$`, 'm'))
  const [own = ''] = section.split(/^## /m)
  const shown = [...own.matchAll(/^`([\w./]+)`[^\n]*:\n\n```\w+\n(.*?)^```$/gms)]
  const run = /^npx twinpanel exec -- (.*)$/m.exec(blocksOf(own, 'sh')[0] ?? '')?.[1]
  return {
    files: [...shown.map(([, path = '', text = '']) => [path, text] as const), ...Object.entries(files)],
    command: command ?? run ?? 'false',
    failure: blocksOf(own, 'text')[0],
  }
}

/** Two JVMs for a second each. */
const QUICK = { JAVA_TOOL_OPTIONS: '-XX:TieredStopAtLevel=1 -XX:+UseSerialGC' }

/** Runs an example, with one text of it replaced. Out: the exit code, and what it printed. */
async function run({ files, command }: Example, replace: (text: string) => string) {
  const directory = dirname(processes.newDataDir())
  for (const [path, text] of files) {
    await mkdir(dirname(join(directory, path)), { recursive: true })
    await writeFile(join(directory, path), replace(text))
  }
  // HOME has the caches of the compilers.
  const env = { HOME: process.env['HOME'] ?? '', TWINPANEL_URL: url, TWINPANEL_ADMIN_TOKEN, ...QUICK }
  const { code, stdout, stderr } = await runIn(directory, 'bash', ['-c', command], env)
  return { code, output: stdout + stderr }
}

const REASON = [
  'Expected 1 event "Signed up" with {"plan":"pro"} within 5000 ms, got 0.',
  'Nearest: "signed-up" of "charlie". event: expected "Signed up", got "signed-up".',
]

/** The first place in the app, of which the test has another. */
const inApp = /(['"]event['"](?::| =>) ?['"])Signed up(?=.*properties)/

describe('the example in', () => {
  for (const language of LANGUAGES) {
    it.runIf(has(language.needs))(
      `${language.name} passes, and fails with the reason`,
      async () => {
        const example = exampleOf(language)
        expect(example.files.length).toBeGreaterThan(1)
        const [passed, failed] = await Promise.all([
          run(example, (text) => text),
          run(example, (text) => text.replace(inApp, '$1signed-up')),
        ])
        expect(passed).toMatchObject({ code: 0 })
        expect(failed.code).toBe(1)
        for (const line of REASON) expect(failed.output).toContain(line)
        const shown = example.failure?.replaceAll(/http\S+/g, '…')
        if (shown !== undefined) expect(isOutput(shown, failed.output)).toBe(true)
      },
      120_000,
    )
  }
})

it('each section of the page is run', () => {
  const sections = [...page.matchAll(/^## (.+)$/gm)].map(([, name]) => name)
  expect(sections).toEqual(LANGUAGES.map(({ name }) => name))
})
