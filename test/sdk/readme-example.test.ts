import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { rolldown } from 'rolldown'
import { expect, it } from 'vitest'
import { blocksOf } from '../support/examples.ts'
import { browserSuite } from './support/browser-suite.ts'

const suite = browserSuite()
const ROOT = new URL('../../', import.meta.url)
const ENTRY = 'example'

/** A program of a page, with the SDK that it imports, as a script. */
async function bundle(program: string): Promise<string> {
  const build = await rolldown({
    input: ENTRY,
    cwd: fileURLToPath(ROOT),
    plugins: [
      {
        name: 'example',
        resolveId: (id) => (id === ENTRY ? id : null),
        load: (id) => (id === ENTRY ? program : null),
      },
    ],
  })
  const { output } = await build.generate({ format: 'iife' })
  return output[0].code
}

it('the browser program of the README tracks what it says', async () => {
  const readme = await readFile(new URL('README.md', ROOT), 'utf8')
  const program = blocksOf(readme, 'js').find((block) => block.includes(`from 'mixpanel-browser'`)) ?? ''
  const script = await bundle(program.replace('http://localhost:4100', suite.server.url))
  await suite.server.inject({ method: 'POST', url: '/_twin/projects', payload: { token: 'my-app' } })
  const page = await suite.browser.newPage()
  await page.goto(suite.site.url)
  await page.addScriptTag({ content: script })
  const answer = await suite.server.inject('/_twin/projects/my-app/wait?event=Signed%20up&timeout_ms=20000')
  expect(answer.statusCode).toBe(200)
})
