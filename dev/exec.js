#!/usr/bin/env node
// `exec` for the scripts of package.json on Windows; in other shells it is a built-in, which comes first. There it hands
// the signals that npm gets to the server itself: npm would report the death of a shell in between as its own (143).
import { spawn } from 'node:child_process'

const [program, ...args] = process.argv.slice(2)
const child = spawn(program, args, { stdio: 'inherit', shell: process.platform === 'win32' })
child.once('exit', (code) => process.exit(code ?? 1))
