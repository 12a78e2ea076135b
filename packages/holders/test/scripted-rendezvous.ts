import type { Call } from '@roamkit/core/contract'
import type { Entry, Rendezvous, RendezvousLock } from '@roamkit/holders'

/** What all processes of a scripted machine share. */
export class ScriptedMachine {
  readonly locks = new Map<string, { readonly process: number; readonly taking: number }>()
  readonly entries: {
    readonly process: number
    readonly key: string
    readonly entry: Entry
    readonly isAttested: boolean
  }[] = []
  readonly subscriptions: {
    readonly process: number
    readonly key: string
    readonly member: string
    readonly notified: (text: string) => void
  }[] = []
  /** Who attends which key, and who excludes all others from it. */
  readonly attendances: Attendance[] = []
  readonly exclusions: Attendance[] = []
  readonly waiting = new Set<{ readonly process: number; readonly key: string; resolve(): void }>()
  readonly dead = new Set<number>()
  takings = 0
  /** Each step of a process goes through here: whoever wants another order has it wait. A dead one's never comes back. */
  step: <T>(process: number, what: string, run: () => T) => Promise<T> = async (_, __, run) => run()

  /** The kernel forgets everything that a process has. */
  kill(process: number): void {
    this.dead.add(process)
    for (const [key, lock] of this.locks) if (lock.process === process) this.unlock(key)
    remove(this.entries, (one) => one.process === process)
    remove(this.subscriptions, (one) => one.process === process)
    remove(this.attendances, (one) => one.process === process)
    remove(this.exclusions, (one) => one.process === process)
  }

  unlock(key: string): void {
    this.locks.delete(key)
    for (const waiter of [...this.waiting]) {
      if (waiter.key !== key) continue
      this.waiting.delete(waiter)
      waiter.resolve()
    }
  }
}

/** A process that attends a key, or excludes others from it. */
export interface Attendance {
  readonly process: number
  readonly key: string
}

/** The rendezvous of one process of a scripted machine. */
export function scriptedRendezvous(machine: ScriptedMachine, process: number): Rendezvous {
  return {
    name: 'scripted',
    take: (key) =>
      machine.step(process, 'take', (): RendezvousLock | null => {
        if (machine.locks.has(key)) return null
        machine.takings += 1
        const taking = machine.takings
        machine.locks.set(key, { process, taking })
        return {
          release: () => {
            if (machine.locks.get(key)?.taking === taking) machine.unlock(key)
          },
          isAwaited: false,
        }
      }),
    holder: (key) => machine.locks.get(key)?.taking.toString() ?? null,
    untilFree: (key, { signal }: Call) =>
      new Promise((resolve, reject) => {
        if (signal.aborted) return reject(signal.reason)
        if (!machine.locks.has(key)) return resolve()
        signal.addEventListener('abort', () => reject(signal.reason))
        machine.waiting.add({ process, key, resolve })
      }),
    attend: (key) =>
      machine.step(process, 'attend', () => {
        if (machine.exclusions.some((one) => one.key === key)) return null
        const entry = { process, key }
        machine.attendances.push(entry)
        return () => remove(machine.attendances, (one) => one === entry)
      }),
    exclude: (key) =>
      machine.step(process, 'exclude', () => {
        if ([...machine.attendances, ...machine.exclusions].some((one) => one.key === key)) return null
        const entry = { process, key }
        machine.exclusions.push(entry)
        return () => remove(machine.exclusions, (one) => one === entry)
      }),
    post: (key, member, text, { attest }) =>
      machine.step(process, 'post', () => {
        const entry = { process, key, entry: { member, text }, isAttested: attest === 'yes' }
        machine.entries.push(entry)
        return () => remove(machine.entries, (one) => one === entry)
      }),
    entries: (key) => machine.entries.filter((one) => one.key === key).map(({ entry }) => entry),
    selectAttested: (key, entries) =>
      new Set(
        entries.filter(({ member, text }) =>
          machine.entries.some(
            (one) =>
              one.key === key && one.isAttested && one.entry.member === member && one.entry.text === text,
          ),
        ),
      ),
    async subscribe(key, member, notified) {
      const subscription = { process, key, member, notified }
      machine.subscriptions.push(subscription)
      return () => remove(machine.subscriptions, (one) => one === subscription)
    },
    notify(key, member, text) {
      for (const subscription of machine.subscriptions)
        if (subscription.key === key && subscription.member !== member)
          void machine.step(subscription.process, 'notify', () => subscription.notified(text))
    },
    async [Symbol.asyncDispose]() {
      machine.kill(process)
      machine.dead.delete(process)
    },
  }
}

function remove<T>(list: T[], which: (one: T) => boolean): void {
  for (let index = list.length - 1; index >= 0; index -= 1) if (which(list[index] as T)) list.splice(index, 1)
}
