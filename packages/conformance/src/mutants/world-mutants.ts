import type { LinkConfiguration, World } from '@roamkit/core/contract'
import { type Mutant, mutateBackend, mutateConfigurations, mutateWorld } from './mutant.js'

/** Backends whose snapshots are false, or break the contract. */
export const worldMutants: readonly Mutant[] = [
  mutateBackend('copies-the-world', 'snapshot-identity', (backend) => ({
    snapshot: () => Object.freeze({ ...backend.snapshot() }),
  })),
  mutateWorld('copies-configurations', 'snapshot-reuse', ({ configurations }) => ({
    configurations: Object.freeze(configurations.map((one) => Object.freeze({ ...one }))),
  })),
  mutateBackend('shares-by-index', 'snapshot-sharing', (backend) => {
    const shares = shareByIndex()
    return { snapshot: () => shares(backend.snapshot()) }
  }),
  mutateBackend('lists-what-is-there', 'absence-is-not-removal', (backend) => ({
    snapshot: filterConfigurations(backend.snapshot, ({ link, ended }) => link !== 'down' || ended === null),
  })),
  mutateBackend('is-ready-before-its-address', 'up-has-address', (backend, host) => {
    const asked = new Set<string | null>()
    const addressed = new Set<string | null>()
    const late = (one: LinkConfiguration) => {
      if (one.link !== 'up' || addressed.has(one.activation)) return one
      if (!asked.has(one.activation))
        host.clock.after(8, () => {
          addressed.add(one.activation)
          host.changed()
        })
      asked.add(one.activation)
      return Object.freeze({ ...one, interface: null })
    }
    return {
      snapshot() {
        const world = backend.snapshot()
        return Object.freeze({ ...world, configurations: Object.freeze(world.configurations.map(late)) })
      },
    }
  }),
  mutateWorld('thaws', 'snapshot-frozen', ({ configurations }) => ({ configurations: [...configurations] })),
  mutateConfigurations('measures-in-decibels', 'snapshot-domains', () => ({ signal: -60 })),
  mutateWorld('lists-backwards', 'snapshot-sorted', ({ configurations }) => ({
    configurations: Object.freeze([...configurations].reverse()),
  })),
  mutateWorld('names-a-stranger', 'default-listed', () => ({ defaultId: 'eth0' })),
  mutateConfigurations('remembers-activations', 'activation-while-not-down', ({ activation, ended }) => ({
    activation: activation ?? ended?.activation ?? null,
  })),
  mutateConfigurations('says-false-for-down', 'carrier-while-not-down', ({ carrier }) => ({
    carrier: carrier ?? false,
  })),
  mutateConfigurations('ends-too-early', 'ended-is-over', ({ activation, ended }) => ({
    ended: activation === null ? ended : Object.freeze({ activation, reason: 'other', native: null }),
  })),
  mutateConfigurations('has-one-device', 'device-exclusive', () => ({ device: 'eth0' })),
  mutateBackend('lists-what-it-knew', 'configuration-added', (backend) => {
    const known = new Set(backend.snapshot().configurations.map(({ id }) => id))
    return { snapshot: filterConfigurations(backend.snapshot, ({ id }) => known.has(id)) }
  }),
  mutateByHistory('forgets-nothing', 'configuration-removed', (before, now) =>
    now === undefined ? before : now,
  ),
  mutateConfigurations('knows-its-own-links', 'link-followed', (one) =>
    one.ended === null && one.link === 'up' ? { link: 'down', activation: null, carrier: null } : {},
  ),
  mutateConfigurations('trusts-the-cable', 'carrier-followed', ({ link }) => ({
    carrier: link === 'up' ? true : null,
  })),
  mutateByHistory('never-carries-again', 'carrier-followed', (before, now) =>
    now?.link === 'up' && before?.carrier === false && before.activation === now.activation
      ? Object.freeze({ ...now, carrier: false })
      : now,
  ),
  mutateConfigurations('sees-everything', 'range-followed', () => ({ inRange: true })),
  mutateConfigurations('promises-what-is-far', 'range-promises-nothing', () => ({ activate: 'yes' })),
  mutateWorld('names-no-default', 'default-followed', () => ({ defaultId: null })),
  mutateWorld('sleeps-with-its-eyes-open', 'power-followed', () => ({ power: 'awake' })),
  mutateBackend('oversleeps', 'power-followed', (backend) => {
    let hasSlept = false
    return {
      snapshot() {
        const world = backend.snapshot()
        hasSlept ||= world.power === 'asleep'
        return hasSlept ? Object.freeze({ ...world, power: 'asleep' }) : world
      },
    }
  }),
  mutateConfigurations('calls-every-activation-the-same', 'activation-fresh', ({ id, activation }) => ({
    activation: activation && id,
  })),
  mutateByHistory('misses-flaps', 'activation-flap', (before, now) =>
    now && before?.link === 'up' && now.link === 'up'
      ? Object.freeze({ ...now, activation: before.activation })
      : now,
  ),
  mutateConfigurations('renames-what-is-up', 'activation-constant', ({ link, activation }) => ({
    activation: link === 'up' ? `${activation}!` : activation,
  })),
  mutateConfigurations('tells-no-ends', 'ended-tells', () => ({ ended: null })),
  mutateConfigurations('forgets-ends', 'ended-stays', ({ link, ended }) => ({
    ended: link === 'down' ? ended : null,
  })),
  mutateConfigurations('shrugs', 'ended-requested', ({ ended }) => ({
    ended: ended && Object.freeze({ ...ended, reason: 'other' }),
  })),
  mutateConfigurations('wanted-it-so', 'activate-fails', ({ ended }) => ({
    ended: ended && Object.freeze({ ...ended, reason: 'requested' }),
  })),
  mutateConfigurations('blames-the-cable', 'activate-displaces', ({ ended }) => ({
    ended: ended && Object.freeze({ ...ended, reason: 'carrierLost' }),
  })),
  mutateConfigurations('is-too-modest', 'activate-not-supported', () => ({ activate: 'no' })),
  mutateWorld('is-always-ready', 'service-lost-shown', () => ({ service: 'ready' })),
  mutateWorld('forgets-when-lost', 'service-lost-keeps', ({ service, configurations }) => ({
    configurations: service === 'lost' ? Object.freeze([]) : configurations,
  })),
  mutateConfigurations('owns-up-to-nothing', 'service-lost-accounts', ({ ended }) => ({
    ended: ended?.reason === 'serviceLost' ? null : ended,
  })),
  mutateBackend('believes-the-past', 'service-back-truth', (backend) => {
    let past: World | null = null
    return {
      snapshot() {
        const world = backend.snapshot()
        if (world.service === 'lost') past = world
        return past === null || world.service === 'lost'
          ? world
          : Object.freeze({ ...past, service: 'ready' })
      },
    }
  }),
]

/** Reuses a configuration that is equal to the previous one at the same index, and copies the others. */
function shareByIndex(): (world: World) => World {
  const seen = new WeakMap<World, World>()
  let last: readonly LinkConfiguration[] = []
  return (world) => {
    const known = seen.get(world)
    if (known) return known
    const same = (one: LinkConfiguration, other: LinkConfiguration | undefined) =>
      JSON.stringify(one) === JSON.stringify(other)
    last = Object.freeze(
      world.configurations.map((one, index) => {
        const old = last[index]
        return old && same(one, old) ? old : Object.freeze({ ...one })
      }),
    )
    const other = Object.freeze({ ...world, configurations: last })
    seen.set(world, other)
    return other
  }
}

function filterConfigurations(
  snapshot: () => World,
  keep: (configuration: LinkConfiguration) => boolean,
): () => World {
  return () => {
    const world = snapshot()
    return Object.freeze({ ...world, configurations: Object.freeze(world.configurations.filter(keep)) })
  }
}

/** A mutant that computes each configuration from how it was shown before. */
function mutateByHistory(
  id: string,
  breaks: string,
  shows: (
    before: LinkConfiguration | undefined,
    now: LinkConfiguration | undefined,
  ) => LinkConfiguration | undefined,
): Mutant {
  return mutateBackend(id, breaks, (backend) => {
    let shown = new Map<string, LinkConfiguration>()
    return {
      snapshot() {
        const world = backend.snapshot()
        const now = new Map(world.configurations.map((one) => [one.id, one]))
        const ids = [...new Set([...shown.keys(), ...now.keys()])].sort()
        const next = ids.flatMap((one) => shows(shown.get(one), now.get(one)) ?? [])
        shown = new Map(next.map((one) => [one.id, one]))
        return Object.freeze({ ...world, configurations: Object.freeze(next) })
      },
    }
  })
}
