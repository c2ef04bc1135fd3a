import { spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Socket } from 'node:net'
import type { Watcher } from './context.ts'
import type { Layout } from './layout.ts'
import { programEnvironment } from './run-program.ts'

/**
 * Reads process ids until the pipe closes, which the system does for a process that has ended. The last one is trusted
 * only if the pid file names it, too: Postgres may have ended meanwhile, or belong to the next server. An empty line
 * withdraws it. Arguments: the signal, the pid file, and the directory to remove, if any. Removing is repeated, since an
 * initdb that is still running may write to the directory.
 */
const SCRIPT = `
trap '' HUP INT TERM
pid=
while read -r line; do
  if [ "$line" = dismissed ]; then exit 0; fi
  pid=$line
done
if [ -n "$pid" ] && read -r found < "$2" && [ "$found" = "$pid" ]; then
  kill -s "$1" "$pid"
  tries=0
  while [ -n "$3" ] && [ $tries -lt 100 ] && kill -s 0 "$pid"; do
    tries=$((tries + 1))
    sleep 0.1 || sleep 1
  done
fi
if [ -n "$3" ]; then
  tries=0
  while rm -rf "$3"; sleep 1; [ -e "$3" ] && [ $tries -lt 30 ]; do tries=$((tries + 1)); done
fi
`

const NOBODY: Watcher = { watch: () => undefined, dismiss: () => Promise.resolve() }

/**
 * Starts a watcher of the Postgres on a data directory. It is a shell, which costs a few milliseconds and 1 MB; where
 * there is none, nobody watches. Neither it nor its pipe keeps this process running. Data that nobody keeps are removed,
 * and their Postgres is stopped without a checkpoint.
 */
export function employWatcher(
  { pidFile, dataDir }: Pick<Layout, 'pidFile' | 'dataDir'>,
  { removesData }: { readonly removesData: boolean },
): Watcher {
  if (process.platform === 'win32') return NOBODY
  const args = removesData ? ['QUIT', pidFile, dataDir] : ['INT', pidFile, '']
  const shell = spawn('/bin/sh', ['-c', SCRIPT, 'twinpanel-watcher', ...args], {
    cwd: '/',
    env: programEnvironment(),
    // A session of its own: it survives what a terminal sends to all its processes.
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  })
  const ended = once(shell, 'close').catch(() => undefined)
  shell.unref()
  // The type is that of pipes in general.
  const pipe = shell.stdin as Socket
  pipe.unref()
  // The watcher may have been killed.
  pipe.on('error', () => undefined)
  return {
    watch: (pid) => {
      pipe.write(`${pid ?? ''}\n`)
    },
    dismiss: async () => {
      shell.ref()
      pipe.end('dismissed\n')
      await ended
    },
  }
}
