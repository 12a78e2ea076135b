// How often the lab's network has changed, as the kernel tells it: a number in a file, which dll/net/real.c maps.
import { spawn } from 'node:child_process'
import { openSync, writeSync } from 'node:fs'
import { PATH } from './requirements.mjs'

/** Milliseconds until what the kernel has told is to be seen in /sys and /proc, which Wine reads, at the latest. */
const SETTLED = 50

/** @param {string} path of the file, which must not be there */
export function countChanges(path) {
  const file = openSync(path, 'wx')
  const number = Buffer.alloc(8)
  let count = 0n
  const write = () => {
    count += 1n
    number.writeBigUInt64LE(count)
    writeSync(file, number, 0, number.length, 0)
  }
  /** @type {NodeJS.Timeout | null} */
  let settling = null
  const changed = () => {
    write()
    settling?.refresh()
    settling ??= setTimeout(write, SETTLED).unref()
  }
  write()
  const monitor = spawn('ip', ['monitor', 'link', 'address', 'route'], {
    stdio: ['ignore', 'pipe', 'ignore'],
    env: { ...process.env, PATH },
  })
  monitor.stdout.on('data', changed)
  monitor.on('exit', (code) => {
    process.stderr.write(`lab: ip monitor has ended with ${code}\n`)
    process.exit(125)
  })
  return changed
}
