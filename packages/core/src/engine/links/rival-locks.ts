import type { Backend, Held, LinkConfiguration, LockCall } from '../../contract/index.js'
import type { CommandContext } from './command-context.js'

/** The links that an activation would displace: those that are not down on the same device. */
export function rivalsOf(backend: Backend, id: string): readonly LinkConfiguration[] {
  const device = find(backend, id)?.device ?? null
  if (device === null) return []
  return backend
    .snapshot()
    .configurations.filter((other) => other.id !== id && other.device === device && other.link !== 'down')
}

/**
 * Takes the locks of a link, of its device and of the links that it would displace there. If there is another such link by then, it starts
 * again. The device's own lock is for two links that come up on one device at the same time.
 */
export async function lockedWithRivals<T>(
  context: CommandContext,
  id: string,
  run: (held: Locked) => Promise<T>,
): Promise<T> {
  const call = lockCall(context)
  for (;;) {
    const { device, links } = locksFor(context.backend, id)
    const locked = () =>
      lockedAll(context, links, call, async (held) => {
        const isComplete = locksFor(context.backend, id).links.every((other) => held.has(other))
        return isComplete ? { value: await run(held) } : null
      })
    // No link may be called as the lock of a device is: so that is in a scope of its own.
    const outcome =
      device === null
        ? await locked()
        : await context.holders.locked(`device ${context.scope}`, device, locked, call)
    if (outcome !== null) return outcome.value
  }
}

/** The links whose locks are taken. */
export interface Locked {
  has(id: string): boolean
  of(id: string): Held
}

/** What is to be locked: the device first, then the links in the order of their ids, so that no two commands wait for each other. */
function locksFor(
  backend: Backend,
  id: string,
): { readonly device: string | null; readonly links: readonly string[] } {
  const device = find(backend, id)?.device ?? null
  const rivals = rivalsOf(backend, id).map((rival) => rival.id)
  return { device, links: [id, ...rivals].sort() }
}

/** Takes several locks, in their order. The waits share the time of one (rule C6). */
async function lockedAll<T>(
  context: CommandContext,
  [id, ...rest]: readonly string[],
  call: LockCall,
  run: (held: Locked) => Promise<T>,
  held: ReadonlyMap<string, Held> = new Map(),
): Promise<T> {
  if (id !== undefined)
    return context.holders.locked(
      context.scope,
      id,
      (one) => lockedAll(context, rest, call, run, new Map(held).set(id, one)),
      call,
    )
  const of = (link: string): Held => {
    const one = held.get(link)
    if (one === undefined) throw new Error(`no lock for '${link}'`)
    return one
  }
  return run({ of, has: (link) => held.has(link) })
}

/** For a command that begins now. It waits only while the manager is open. */
export function lockCall({ signal, clock }: CommandContext): LockCall {
  return { signal, since: clock.now() }
}

export function find(backend: Backend, id: string): LinkConfiguration | null {
  return backend.snapshot().configurations.find((one) => one.id === id) ?? null
}
