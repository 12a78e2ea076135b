import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { FarGround } from '@roamkit/holders/ground-laws'

const PROGRAM = fileURLToPath(new URL('far-ground.mjs', import.meta.url))

/** A far ground, and the process that it lives in. */
export interface FarProcess extends FarGround {
  readonly process: ChildProcess
  stop(): Promise<void>
}

/** Starts a process that does with the ground of Linux what it is told, on another Node where one is named. */
export async function farGround(node = process.execPath, user: number | null = null): Promise<FarProcess> {
  const child = spawn(node, [PROGRAM], {
    stdio: ['pipe', 'pipe', 'inherit'],
    ...(user === null ? {} : { uid: user }),
  })
  await once(child, 'spawn')
  const answers = new Map<number, { resolve(value: never): void; reject(reason: unknown): void }>()
  createInterface({ input: child.stdout }).on('line', (line) => {
    const { call, value, error } = JSON.parse(line)
    const { resolve, reject } = answers.get(call) ?? { resolve() {}, reject() {} }
    if (error === undefined) resolve(value as never)
    else reject(new Error(error))
  })
  let calls = 0
  const ask = <T>(name: string, ...parameters: unknown[]) =>
    new Promise<T>((resolve, reject) => {
      calls += 1
      answers.set(calls, { resolve, reject })
      child.stdin.write(`${JSON.stringify({ call: calls, name, parameters })}\n`)
    })
  return {
    process: child,
    take: (key) => ask('take', key),
    release: (key) => ask('release', key),
    post: (key, member, text) => ask('post', key, member, text),
    posted: (key) => ask('posted', key),
    vouched: (key) => ask('vouched', key),
    hang: (key, member) => ask('hang', key, member),
    rung: () => ask('rung'),
    ring: (key, member, text) => ask('ring', key, member, text),
    stop: async () => void child.kill('SIGSTOP'),
    async kill() {
      if (child.exitCode !== null || child.signalCode !== null) return
      const exit = once(child, 'exit')
      child.kill('SIGKILL')
      await exit
    },
  }
}
