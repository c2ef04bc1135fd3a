import { execFile } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { gzipSync } from 'node:zlib'
import { build } from 'vite'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const MAX_GZIP_BYTES = 200_000

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'twinpanel-page-'))
  await build({ configFile: join(ROOT, 'vite.config.ts'), build: { outDir: folder } })
}, 60_000)
afterAll(() => rm(folder, { recursive: true, force: true }))

async function assets(): Promise<readonly { readonly name: string; readonly text: string }[]> {
  const names = (await readdir(folder, { recursive: true })).filter((name) => /\.\w+$/.test(name))
  return await Promise.all(
    names.map(async (name) => ({ name, text: await readFile(join(folder, name), 'utf8') })),
  )
}

describe('the page', () => {
  it(`is at most ${MAX_GZIP_BYTES / 1_000} kB on the wire, all of it together`, async () => {
    const bytes = (await assets()).reduce((sum, { text }) => sum + gzipSync(text).length, 0)
    process.stdout.write(`the page: ${Math.round(bytes / 1_000)} kB, gzipped\n`)
    expect(bytes).toBeGreaterThan(10_000)
    expect(bytes).toBeLessThan(MAX_GZIP_BYTES)
  })

  it('loads nothing from another host, and has no script or style in its document', async () => {
    const files = await assets()
    const index = files.find(({ name }) => name === 'index.html')?.text ?? ''
    const loaded = [...index.matchAll(/(?:src|href)="([^"]+)"/g)].map((match) => match[1])
    expect(loaded.length).toBeGreaterThan(2)
    expect(loaded.filter((path) => !/^\/_twin\/assets\/[\w-]+\.\w+$/.test(path ?? ''))).toEqual([])
    expect(index).not.toMatch(/<style|<script(?![^>]* src=)| style=| on\w+=/)
    const styles = files.filter(({ name }) => name.endsWith('.css'))
    expect(styles.filter(({ text }) => /url\(|@import/.test(text))).toEqual([])
  })

  it('has no error of types', async () => {
    const tsc = join(ROOT, 'node_modules/typescript/bin/tsc')
    const checked = promisify(execFile)(process.execPath, [tsc, '-p', join(ROOT, 'src/page')])
    await expect(checked).resolves.toMatchObject({ stdout: '' })
  }, 60_000)
})
