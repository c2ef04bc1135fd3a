import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { pack, unpack } from '../../../src/embedded-postgres/archive.ts'

let directory: string
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'twinpanel-unit-'))
})
afterEach(() => rm(directory, { recursive: true, force: true }))

const FILES = { 'a/b/one': 'eins', 'a/two': '', three: '\u0000\u00ff'.repeat(9_000) }

function packSample(without: readonly string[] = []): Buffer {
  const source = join(directory, 'source')
  mkdirSync(join(source, 'a/b'), { recursive: true })
  mkdirSync(join(source, 'empty/inner'), { recursive: true })
  for (const [path, content] of Object.entries(FILES)) writeFileSync(join(source, path), content, 'latin1')
  return pack(source, new Set(without))
}

it('an archive gives back every file and directory, for the owner alone', () => {
  const copy = join(directory, 'copy')
  unpack(packSample(), copy, undefined)
  for (const [path, content] of Object.entries(FILES)) {
    expect(readFileSync(join(copy, path), 'latin1')).toBe(content)
    expect(statSync(join(copy, path)).mode & 0o777).toBe(0o600)
  }
  expect(readdirSync(copy, { recursive: true })).toHaveLength(7)
  expect(statSync(join(copy, 'empty/inner')).mode & 0o777).toBe(0o700)
})

it('an archive leaves out the files that it is told to', () => {
  const copy = join(directory, 'copy')
  unpack(packSample(['one', 'three']), copy, undefined)
  expect(readdirSync(copy, { recursive: true }).toSorted()).toEqual([
    'a',
    'a/b',
    'a/two',
    'empty',
    'empty/inner',
  ])
})

it('a damaged archive is refused before anything is written', () => {
  const archive = packSample()
  const copy = join(directory, 'copy')
  const damaged = fc.oneof(
    fc.nat(archive.length - 1).map((bytes) => archive.subarray(0, bytes)),
    fc.tuple(fc.nat(archive.length - 1), fc.integer({ min: 1, max: 255 })).map(([place, change]) => {
      const changed = Buffer.from(archive)
      changed[place] = (changed[place] ?? 0) ^ change
      return changed
    }),
    fc.uint8Array().map((bytes) => Buffer.concat([archive, bytes, Buffer.from([0])])),
  )
  fc.assert(
    fc.property(damaged, (wrong) => {
      expect(() => unpack(wrong, copy, undefined)).toThrow('the archive is damaged')
      expect(existsSync(copy)).toBe(false)
    }),
  )
})
