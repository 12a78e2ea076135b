import { timesOf } from '../../packages/core/src/primitives/time/times.js'
import { reduceRoaming } from '../../packages/core/src/roaming/roaming-machine.js'
import type { RoamingInput } from '../../packages/core/src/roaming/roaming-messages.js'
import {
  type ChildView,
  closedRoaming,
  type NetworkView,
  type RoamingState,
} from '../../packages/core/src/roaming/roaming-state.js'

/** What the diagram calls the places that a session can be in. */
type Place =
  | 'closed'
  | 'opening'
  | 'connected'
  | 'offered'
  | 'migrating'
  | 'trial'
  | 'returning'
  | 'offered after loss'
  | 'migrating after loss'
  | 'lost'
  | 'paused'

/** One thing that the explorer tries: an arrow's label, where it can happen, and what it does to the session and its view. */
interface Action {
  readonly label: string
  readonly at: readonly Place[]
  readonly input: RoamingInput
  readonly view: Partial<Record<'old' | 'new', Partial<ChildView>>> & { readonly better?: boolean }
}

const CLOCK = { reopenPart: () => 1, now: 0, times: timesOf({}) }

const CHILD: ChildView = {
  id: '',
  state: 'disconnected',
  carrying: false,
  present: true,
  downBecause: null,
  stopping: false,
  isOurs: true,
  eligible: 'no',
  device: null,
  network: null,
  rivals: '',
  isTunnel: false,
  over: null,
  health: 'unknown',
  isSeen: true,
}
const UP = { state: 'connected', carrying: true, eligible: 'yes' } as const
const DOWN = { state: 'disconnected', carrying: false, eligible: 'no' } as const
const ON_ONE_DEVICE = {
  old: { ...DOWN, device: 'radio' },
  new: { ...DOWN, device: 'radio' },
} as const
const THERE = { state: 'disconnected', carrying: false, eligible: 'yes' } as const

function placeOf(session: RoamingState): Place {
  if (session.phase !== 'open') return session.phase
  const { roam } = session
  if (roam === null) return 'connected'
  switch (roam.kind) {
    case 'offer':
      return roam.loss ? 'offered after loss' : 'offered'
    case 'migrating':
      return roam.loss ? 'migrating after loss' : 'migrating'
    default:
      return roam.kind
  }
}

const look = { type: 'look' } as const
const failed = (child: string): RoamingInput => ({
  type: 'notice',
  child,
  notice: {
    type: 'failed',
    failure: { code: 'ERR_ACTIVATION_FAILED', reason: 'other', native: null, cause: undefined },
  },
})
const granted = (child: string): RoamingInput => ({ type: 'notice', child, notice: { type: 'granted' } })
const OPEN: readonly Place[] = [
  'opening',
  'connected',
  'offered',
  'migrating',
  'trial',
  'returning',
  'offered after loss',
  'migrating after loss',
  'lost',
]
const MIGRATING: readonly Place[] = ['migrating', 'migrating after loss']
const AFTER_LOSS: readonly Place[] = ['offered after loss', 'migrating after loss', 'lost']

const ACTIONS: readonly Action[] = [
  {
    label: 'open()',
    at: ['closed'],
    input: { type: 'open', call: 1, keepOpen: false },
    view: { old: THERE },
  },
  { label: 'close()', at: OPEN, input: { type: 'close', call: 2 }, view: {} },
  { label: 'link up', at: ['opening'], input: granted('old'), view: { old: UP } },
  { label: 'link fails', at: ['opening'], input: failed('old'), view: { old: DOWN } },
  { label: 'a better one', at: ['connected'], input: look, view: { old: UP, new: THERE, better: true } },
  { label: 'no better one any more', at: ['offered'], input: look, view: { old: UP, new: DOWN } },
  {
    label: 'link lost, another one there',
    at: ['connected', 'offered'],
    input: look,
    view: { old: DOWN, new: THERE },
  },
  { label: 'link lost, no other', at: ['connected', 'offered'], input: look, view: { old: DOWN, new: DOWN } },
  { label: 'another one there', at: ['lost'], input: look, view: { old: DOWN, new: THERE } },
  { label: 'no other one any more', at: ['offered after loss'], input: look, view: { old: DOWN, new: DOWN } },
  { label: 'old link back', at: AFTER_LOSS, input: look, view: { old: UP, new: THERE } },
  { label: 'old link up', at: ['returning'], input: granted('old'), view: { old: UP } },
  { label: 'old link fails', at: ['returning'], input: failed('old'), view: { old: DOWN } },
  { label: 'new link up', at: MIGRATING, input: granted('new'), view: { old: UP, new: UP } },
  {
    label: 'new link fails, old one up',
    at: ['migrating'],
    input: failed('new'),
    view: { old: UP, new: DOWN },
  },
  {
    label: 'new link fails',
    at: ['migrating after loss'],
    input: failed('new'),
    view: { old: DOWN, new: DOWN },
  },
  {
    label: 'new link fails, old one taken down',
    at: ['migrating'],
    input: failed('new'),
    view: ON_ONE_DEVICE,
  },
  { label: 'new link lost, old one up', at: ['trial'], input: look, view: { old: UP, new: DOWN } },
  { label: 'new link lost, old one too', at: ['trial'], input: look, view: { old: DOWN, new: DOWN } },
  { label: 'new link lost, old one taken down', at: ['trial'], input: look, view: ON_ONE_DEVICE },
  { label: 'migrate()', at: ['offered'], input: { type: 'migrate', call: 3 }, view: { old: UP, new: THERE } },
  {
    label: 'migrate()',
    at: ['offered after loss'],
    input: { type: 'migrate', call: 3 },
    view: { old: DOWN, new: THERE },
  },
  { label: 'ignore()', at: ['offered'], input: { type: 'ignore', call: 4 }, view: { old: UP, new: THERE } },
  {
    label: 'ignore()',
    at: ['offered after loss'],
    input: { type: 'ignore', call: 4 },
    view: { old: DOWN, new: THERE },
  },
  {
    label: 'deadline',
    at: ['offered after loss'],
    input: { type: 'timer', timer: 'offer' },
    view: { old: DOWN, new: THERE },
  },
  { label: 'accept()', at: ['trial'], input: { type: 'accept', call: 5 }, view: { old: UP, new: UP } },
  { label: 'deadline', at: ['trial'], input: { type: 'timer', timer: 'trial' }, view: { old: UP, new: UP } },
  {
    label: 'reject(), old one up',
    at: ['trial'],
    input: { type: 'reject', call: 6 },
    view: { old: UP, new: UP },
  },
  {
    label: 'reject(), old one taken down',
    at: ['trial'],
    input: { type: 'reject', call: 6 },
    view: { ...ON_ONE_DEVICE, new: { ...ON_ONE_DEVICE.new, ...UP } },
  },
  {
    label: 'reject(), old one lost',
    at: ['trial'],
    input: { type: 'reject', call: 6 },
    view: { old: DOWN, new: UP },
  },
  {
    label: 'lossGrace over',
    at: ['lost'],
    input: { type: 'timer', timer: 'grace' },
    view: { old: DOWN, new: DOWN },
  },
]

function viewOf(consulted: boolean, { old, new: other, better }: Action['view']): NetworkView {
  return {
    present: true,
    summary: 'discovered',
    ready: true,
    lapsed: false,
    isResting: false,
    openTimeout: 30_000,
    children: [
      { ...CHILD, id: 'new', ...other },
      { ...CHILD, id: 'old', ...old },
    ],
    better: better ? [{ identifier: 'new', because: 'bearer', dwell: 0, isHint: false }] : [],
    consulted,
    forced: true,
  }
}

/**
 * The state diagram of roaming, found by trying everything on the machine itself from every place that can be reached: so it
 * cannot say anything else than the code.
 */
export function roamingDiagram({ consulted }: { readonly consulted: boolean }): string {
  const arrows = new Map<string, string[]>()
  const seen = new Map<Place, RoamingState>([['closed', closedRoaming(1)]])
  const queue: Place[] = ['closed']
  for (let from = queue.shift(); from !== undefined; from = queue.shift()) {
    const session = seen.get(from)
    if (session === undefined) continue
    for (const { label, at, input, view } of ACTIONS) {
      if (!at.includes(from)) continue
      // The child in use is the old one, also after a roam: the diagram has no memory.
      const [next] = reduceRoaming(session, input, viewOf(consulted, view), CLOCK)
      const to = placeOf(next)
      if (to === from) continue
      const key = `${from}|${to}`
      const labels = arrows.get(key) ?? []
      if (!labels.includes(label)) arrows.set(key, [...labels, label])
      if (seen.has(to) || (next.phase === 'open' && next.current !== 'old')) continue
      seen.set(to, next)
      queue.push(to)
    }
  }
  const name = (place: string) => place.replaceAll(' ', '_')
  const lines = [...arrows].map(([key, labels]) => {
    const [from = '', to = ''] = key.split('|')
    return `  ${name(from)} --> ${name(to)}: ${labels.join(' / ')}`
  })
  const titles = [...seen.keys()]
    .filter((place) => place.includes(' '))
    .map((place) => `  ${name(place)}: ${place}`)
  return ['stateDiagram-v2', '  [*] --> closed', ...titles, ...lines].join('\n')
}
