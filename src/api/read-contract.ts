import { readFile } from 'node:fs/promises'
import { type Contract, toContract } from '../core/contract/contract.ts'
import { parseChapter, parseIndex } from '../core/contract/parse-chapter.ts'
import { pageOf } from '../core/contract/rule.ts'

const FOLDER = new URL('../../docs/contract/', import.meta.url)

/** Reads the pages of docs/contract. Throws where one that its index links to is not a chapter. */
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

/** What gives the contract: read when it is first asked for, and kept; read again after a failure. */
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
