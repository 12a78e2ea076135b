import {
  asyncDispose,
  type Backend,
  type Call,
  type Driver,
  type Host,
  type LinkConfiguration,
  type World,
} from '@roamkit/core/contract'

/** A backend that is wrong on purpose, made of one that is right: it must break its law, or the law says nothing. */
export interface Mutant {
  /** Says what is wrong with it. */
  readonly id: string
  /** The id of the law that it breaks, whatever else it breaks. */
  readonly breaks: string
  /** Makes the wrong one of a driver that keeps every law. */
  wrap(driver: Driver): Driver
}

/** A mutant of which only the backend is wrong. */
export function mutateBackend(
  id: string,
  breaks: string,
  bend: (backend: Backend, host: Host, opening: number) => Partial<Backend>,
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

/** A mutant that shows the world otherwise than it is; the same otherwise for the same world. */
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

/** A mutant that shows every configuration otherwise than it is. */
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

/** The same driver, opened in another way. */
export function openWith(driver: Driver, open: (host: Host, call: Call) => Promise<Backend>): Driver {
  return { contract: driver.contract, name: driver.name, open }
}

/** The backend as it is, member by member: a class instance cannot be spread. */
function delegateTo(backend: Backend): Backend {
  return {
    snapshot: () => backend.snapshot(),
    activate: (id, request) => backend.activate(id, request),
    deactivate: (id, activation, call) => backend.deactivate(id, activation, call),
    scan: (call) => backend.scan(call),
    recheck: (id, call) => backend.recheck(id, call),
    traffic: (id) => backend.traffic(id),
    holders: backend.holders,
    [asyncDispose]: async () => backend[asyncDispose](),
  }
}

/** The configuration of that id, where there is one. */
export function findConfiguration(backend: Backend, id: string): LinkConfiguration | undefined {
  return backend.snapshot().configurations.find((configuration) => configuration.id === id)
}

/** Runs again and again; returns the undo. */
export function every(host: Host, ms: number, run: () => void): () => void {
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
