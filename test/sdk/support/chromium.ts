import { execFile } from 'node:child_process'
import { access, mkdir, mkdtemp, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { type Browser, chromium, type LaunchOptions } from 'playwright-core'

const ROOT = fileURLToPath(new URL('../../../', import.meta.url))
const CACHE = join(ROOT, 'node_modules', '.cache', 'twinpanel')

/** For 200 MB on a slow machine. */
const UNPACK_TIMEOUT_MS = 45_000

/**
 * Launches a headless Chromium: the one at CHROMIUM_PATH, else the one of `@sparticuz/chromium`, which is for
 * Linux on x64, else an installed Chrome. With the browser's own rules in force: that package's list of
 * arguments turns off the very checks of origins that are tested here, so it is not used.
 */
export async function launchChromium(args: readonly string[] = []): Promise<Browser> {
  return await chromium.launch({ ...(await chromiumOptions()), args: [...args] })
}

/** How that Chromium is launched. */
export async function chromiumOptions(): Promise<LaunchOptions> {
  const { CHROMIUM_PATH } = process.env
  if (CHROMIUM_PATH) return { executablePath: CHROMIUM_PATH }
  if (process.platform !== 'linux' || process.arch !== 'x64') return { channel: 'chrome' }
  const directory = await unpackChromium()
  // What a bare machine lacks, NSS and fonts, comes with the package.
  const libraries = [join(directory, 'al2023', 'lib'), process.env['LD_LIBRARY_PATH']].filter(Boolean)
  // Without a font the browser falls over at the first form field.
  const env = {
    LD_LIBRARY_PATH: libraries.join(':'),
    FONTCONFIG_FILE: join(import.meta.dirname, 'fonts.conf'),
    XDG_DATA_HOME: join(directory, 'fonts'),
    XDG_CACHE_HOME: directory,
  }
  return { executablePath: join(directory, 'chromium'), env: { ...process.env, ...env } }
}

/** Unpacks the package's browser once per version. Moved into place whole, as test files run side by side. */
async function unpackChromium(): Promise<string> {
  const manifest = await readFile(join(ROOT, 'node_modules/@sparticuz/chromium/package.json'), 'utf8')
  const { version }: { version: string } = JSON.parse(manifest)
  const directory = join(CACHE, `chromium-${version}`)
  if (await exists(directory)) return directory
  await mkdir(CACHE, { recursive: true })
  const fresh = await mkdtemp(join(CACHE, 'unpacking-'))
  try {
    // That variable is how the package is told to unpack the libraries too.
    const env = { ...process.env, TMPDIR: fresh, AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x' }
    const program = join(import.meta.dirname, 'unpack-chromium.ts')
    await promisify(execFile)(process.execPath, [program], { env, timeout: UNPACK_TIMEOUT_MS })
    await rename(fresh, directory)
  } catch (error) {
    if (!(await exists(directory))) throw error
  } finally {
    await rm(fresh, { recursive: true, force: true })
  }
  return directory
}

async function exists(path: string): Promise<boolean> {
  try {
    await access(path)
    return true
  } catch {
    return false
  }
}
