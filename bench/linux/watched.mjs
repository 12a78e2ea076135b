// What a process has cost so far, as the kernel counts it: nothing of the process itself runs for that.
import { readdirSync, readFileSync } from 'node:fs'

/** @param {number} pid @param {string} file @returns {string[]} that file of each of its threads */
const ofThreads = (pid, file) =>
  readdirSync(`/proc/${pid}/task`).map((thread) =>
    readFileSync(`/proc/${pid}/task/${thread}/${file}`, 'utf8'),
  )

/** @param {readonly number[]} values */
const sum = (values) => values.reduce((all, one) => all + one, 0)

/** Microseconds of processor time of all its threads, to the nanosecond. @param {number} pid */
export const cpuOf = (pid) =>
  sum(ofThreads(pid, 'schedstat').map((line) => Number(line.split(' ')[0]) / 1000))

/** How often its threads were scheduled because something happened: all of them, or only the one of its event loop. @param {number} pid */
export function wakeUpsOf(pid) {
  const status = readFileSync(`/proc/${pid}/task/${pid}/status`, 'utf8')
  return { loop: wakeUps(status), all: sum(ofThreads(pid, 'status').map(wakeUps)) }
}

/** @param {string} status */
const wakeUps = (status) => Number(/^voluntary_ctxt_switches:\s+(\d+)/m.exec(status)?.[1] ?? 0)

/** The processes that it started. @param {number} pid @returns {number[]} */
export const childrenOf = (pid) =>
  ofThreads(pid, 'children').flatMap((text) => text.split(' ').filter(Boolean).map(Number))
