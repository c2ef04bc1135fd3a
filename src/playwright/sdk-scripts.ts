import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join, resolve } from 'node:path'
import { err, ok, type Result } from '../core/result.ts'

/**
 * Where scripts of https://cdn.mxpnl.com come from: `installed`, the app's own mixpanel-browser; `cdn`, Mixpanel's
 * server; `none`, they are refused; or the path of a mixpanel-browser, such as `../web/node_modules/mixpanel-browser`.
 */
// The intersection keeps the three names in an editor's list.
export type SdkSource = 'installed' | 'cdn' | 'none' | (string & {})

/** A script, or the reason why there is none. */
export type Script = Result<Buffer, string>

const ADVICE =
  'Install mixpanel-browser, or set use: { mixpanel: { sdk: … } } to its path, or to "cdn" to load it from Mixpanel.'

/**
 * A script that a page loads from Mixpanel's host of scripts. In: its path there; the directory that `installed` and
 * paths start from. Error: a sentence.
 */
export async function findScript(path: string, source: SdkSource, directory: string): Promise<Script> {
  const name = path.replace(/^.*\//, '')
  const url = `https://cdn.mxpnl.com${path}`
  if (source === 'none') return err(`${url} is not loaded in tests: mixpanel.sdk is "none".`)
  if (source === 'cdn') return await download(url)
  const home = source === 'installed' ? findInstalled(directory) : resolve(directory, source)
  if (home === undefined) {
    return err(`${url} is not loaded in tests, and mixpanel-browser is not installed. ${ADVICE}`)
  }
  for (const file of filesOf(name)) {
    try {
      return ok(await readFile(join(home, 'dist', file)))
    } catch {
      // The next one.
    }
  }
  return err(`${url} is not loaded in tests, and ${join(home, 'dist')} has no such file. ${ADVICE}`)
}

function findInstalled(directory: string): string | undefined {
  try {
    return dirname(createRequire(join(directory, 'x.js')).resolve('mixpanel-browser/package.json'))
  } catch {
    return undefined
  }
}

/** The files of mixpanel-browser that have what a script of this name has, the best first. */
function filesOf(name: string): readonly string[] {
  // Versions are part of the names there: mixpanel-2-latest.min.js, mixpanel-recorder-CZqK2y7C.min.js.
  const [, part = ''] = /^mixpanel-(recorder|targeting)\b/.exec(name) ?? []
  if (!/^[\w.-]+\.js(\.map)?$/.test(name)) return []
  if (part !== '') return [join('async-modules', name), name, `mixpanel-${part}.min.js`]
  return /^mixpanel-\d[\w.-]*\.js$/.test(name) ? [name, 'mixpanel.min.js'] : [name]
}

async function download(url: string): Promise<Script> {
  try {
    const answer = await fetch(url)
    if (answer.ok) return ok(Buffer.from(await answer.arrayBuffer()))
    return err(`${url} cannot be loaded: status ${answer.status}.`)
  } catch (error) {
    return err(`${url} cannot be loaded: ${String(error)}.`)
  }
}
