import { readFile } from 'node:fs/promises'
import { type Contract, toContract } from '../core/contract/contract.ts'
import { parseChapter, parseIndex } from '../core/contract/parse-chapter.ts'
import { pageOf } from '../core/contract/rule.ts'
import { PACKAGE_ROOT } from '../package-root.ts'

const FOLDER = new URL('docs/contract/', PACKAGE_ROOT)

/** Reads the pages of docs/contract. Throws if a page in its index is not a chapter. */
export async function readContract(): Promise<Contract> {
  const read = (name: string) => readFile(new URL(name, FOLDER), 'utf8')
  const names = parseIndex(await read('README.md'))
  const chapters = names.map(async (name) => {
    const chapter = parseChapter(await read(pageOf(name)))
    if (chapter?.name !== name) throw new Error(`docs/contract/${pageOf(name)} is not the chapter ${name}`)
    return chapter
  })
  return toContract(await Promise.all(chapters))
}

/**
 * Out: a function that reads the contract on the first call and caches it; after an error, the next call reads it
 * again.
 */
export function openContract(): () => Promise<Contract> {
  let known: Promise<Contract> | undefined
  return async () => {
    try {
      known ??= readContract()
      return await known
    } catch (error) {
      known = undefined
      throw error
    }
  }
}
