import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { Elsewhere } from '@roamkit/conformance'
import { asyncDispose, type Call, type Held } from '@roamkit/core/contract'

const PROGRAM = fileURLToPath(new URL('holders-elsewhere.mjs', import.meta.url))

type Message = Readonly<Record<string, unknown>> & { readonly type: string }

/** Starts another process that counts holders. */
export async function startElsewhere(): Promise<Elsewhere> {
  const child = fork(PROGRAM, { execArgv: [] })
  const heard = new Set<(message: Message) => void>()
  child.on('message', (message: Message) => {
    for (const hear of [...heard]) hear(message)
  })
  let count = 0
  const send = (message: object) => child.connected && child.send(message, () => undefined)
  const answer = (is: (message: Message) => boolean) =>
    new Promise<Message>((resolve) => {
      const hear = (message: Message) => {
        if (!is(message)) return
        heard.delete(hear)
        resolve(message)
      }
      heard.add(hear)
    })
  const ready = answer(({ type }) => type === 'ready')

  async function locked<T>(
    scope: string,
    id: string,
    run: (held: Held) => Promise<T>,
    { signal }: Call,
  ): Promise<T> {
    signal.throwIfAborted()
    count += 1
    const call = count
    const ended = (message: Message) => message.call === call && message.type !== 'stopped'
    const first = answer(ended)
    send({ type: 'lock', call, scope, id })
    const abort = () => send({ type: 'abort', call })
    signal.addEventListener('abort', abort, { once: true })
    const entered = await first
    signal.removeEventListener('abort', abort)
    if (entered.type !== 'entered') throw signal.reason
    const within = async (verb: string, more: object = {}) => {
      count += 1
      const step = count
      const done = answer((message) => message.type === 'done' && message.step === step)
      send({ type: 'within', call, verb, step, ...more })
      await done
    }
    try {
      return await run({
        others: Number(entered.others),
        owned: entered.owned as string | null,
        join: (owned) => within('join', { owned }),
        leave: () => within('leave'),
        stopping: (activation) => void within('stopping', { activation }),
      })
    } finally {
      const exited = answer(ended)
      send({ type: 'within', call, verb: 'exit' })
      if (child.connected) await exited
    }
  }

  async function kill(): Promise<void> {
    if (child.exitCode !== null || child.signalCode !== null) return
    const exit = once(child, 'exit')
    child.kill('SIGKILL')
    await exit
  }

  await ready
  return {
    holders: {
      reach: 'machine',
      locked,
      watch(scope, id, stopped) {
        count += 1
        const call = count
        const hear = (message: Message) => {
          if (message.type === 'stopped' && message.call === call) stopped(String(message.activation))
        }
        heard.add(hear)
        send({ type: 'watch', call, scope, id })
        return () => heard.delete(hear)
      },
      list: () => [],
      [asyncDispose]: kill,
    },
    kill,
  }
}
