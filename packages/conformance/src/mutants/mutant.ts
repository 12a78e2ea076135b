import {
  asyncDispose,
  type Backend,
  type BackendHost,
  type Call,
  type Driver,
  type LinkConfiguration,
  type World,
} from '@roamkit/core/contract'

/** A backend that is wrong on purpose, made from a correct one. A law that it does not break proves nothing. */
export interface Mutant {
  /** Says what is wrong with the backend. */
  readonly id: string
  /** The id of the law that it breaks. It may break others, too. */
  readonly breaks: string
  /** Wraps a driver that keeps every law. */
  wrap(driver: Driver): Driver
}

/** A mutant with some members of the backend replaced. */
export function mutateBackend(
  id: string,
  breaks: string,
  bend: (backend: Backend, host: BackendHost, opening: number) => Partial<Backend>,
): Mutant {
  return {
    id,
    breaks,
    wrap(driver) {
      let openings = 0
      return openWith(driver, async (host, call) => {
        const backend = await driver.open(host, call)
        openings += 1
        return { ...delegateTo(backend), ...bend(backend, host, openings) }
      })
    },
  }
}

/** A mutant with some members of the snapshot replaced. The same snapshot always yields the same object. */
export function mutateWorld(
  id: string,
  breaks: string,
  shows: (world: World, opening: number) => Partial<World>,
): Mutant {
  return mutateBackend(id, breaks, (backend, _, opening) => {
    const seen = new WeakMap<World, World>()
    return {
      snapshot() {
        const world = backend.snapshot()
        const known = seen.get(world)
        if (known) return known
        const other = Object.freeze({ ...world, ...shows(world, opening) })
        seen.set(world, other)
        return other
      },
    }
  })
}

/** A mutant with some members of every configuration replaced. */
export function mutateConfigurations(
  id: string,
  breaks: string,
  shows: (configuration: LinkConfiguration) => Partial<LinkConfiguration>,
): Mutant {
  const seen = new WeakMap<LinkConfiguration, LinkConfiguration>()
  return mutateWorld(id, breaks, ({ configurations }) => ({
    configurations: Object.freeze(
      configurations.map((configuration) => {
        const other = seen.get(configuration) ?? Object.freeze({ ...configuration, ...shows(configuration) })
        seen.set(configuration, other)
        return other
      }),
    ),
  }))
}

/** The same driver with another `open`. */
export function openWith(driver: Driver, open: (host: BackendHost, call: Call) => Promise<Backend>): Driver {
  return { contract: driver.contract, name: driver.name, open }
}

/** Copies a backend member by member, because a class instance cannot be spread. */
function delegateTo(backend: Backend): Backend {
  return {
    snapshot: () => backend.snapshot(),
    activate: (id, request) => backend.activate(id, request),
    deactivate: (id, activation, call) => backend.deactivate(id, activation, call),
    scan: (call) => backend.scan(call),
    recheck: (id, call) => backend.recheck(id, call),
    ...(backend.save && { save: async (id, call) => backend.save?.(id, call) }),
    ...(backend.forget && { forget: async (id, call) => backend.forget?.(id, call) }),
    traffic: (id) => backend.traffic(id),
    holders: backend.holders,
    [asyncDispose]: async () => backend[asyncDispose](),
  }
}

/** The configuration with that id, if there is one. */
export function findConfiguration(backend: Backend, id: string): LinkConfiguration | undefined {
  return backend.snapshot().configurations.find((configuration) => configuration.id === id)
}

/** Runs a function every `ms` milliseconds. Returns a function that stops it. */
export function every(host: BackendHost, ms: number, run: () => void): () => void {
  let undo = () => {}
  const next = () => {
    undo = host.clock.after(ms, () => {
      run()
      next()
    })
  }
  next()
  return () => undo()
}
