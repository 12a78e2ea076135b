/**
 * What the processes of a logon session share about holders, as plain data. The names of its members are the format in memory:
 * keep them. Other programs can write it too, so a reader trusts only its shape.
 */
export interface SharedState {
  /** Locks that are held, by key. */
  readonly locks: Record<string, LockRecord>
  readonly postings: PostingRecord[]
  /** Who attends which key. */
  readonly attendances: AttendanceRecord[]
  /** Who excludes all others from which key. */
  readonly exclusions: AttendanceRecord[]
  readonly bells: BellRecord[]
  /** Who waits for which lock. */
  readonly waits: { readonly ground: string; readonly key: string }[]
  /** Texts that are not delivered yet, by recipient: the number of a bell, and the text. */
  readonly rings: Record<string, (readonly [number, string])[]>
}

/** A lock that is held. */
export interface LockRecord {
  readonly ground: string
  readonly process: number
  /** Different each time the lock is taken. */
  readonly word: string
}

/** Attends a key, or excludes all others from it. */
export interface AttendanceRecord {
  readonly ground: string
  readonly number: number
  readonly key: string
}

/** A text that everyone can read. */
export interface PostingRecord {
  readonly ground: string
  readonly number: number
  readonly key: string
  readonly member: string
  readonly text: string
  readonly isVouched: boolean
}

/** Receives texts. */
export interface BellRecord {
  readonly ground: string
  readonly number: number
  readonly key: string
  readonly member: string
}

function emptyState(): SharedState {
  return {
    locks: Object.create(null),
    postings: [],
    attendances: [],
    exclusions: [],
    bells: [],
    waits: [],
    rings: Object.create(null),
  }
}

/** Reads the state: a length of 32 bits, then JSON. Skips everything that does not have the right shape. */
export function decodeState(memory: Uint8Array): SharedState {
  const state = emptyState()
  const length = new DataView(memory.buffer, memory.byteOffset).getUint32(0, true)
  if (length === 0 || length > memory.length - 4) return state
  const found = parseObject(Buffer.from(memory.slice(4, 4 + length)).toString('utf8'))
  for (const [key, lock] of Object.entries(objectOf(found.locks)))
    if (has(lock, { ground: 'string', process: 'number', word: 'string' }))
      state.locks[key] = lock as LockRecord
  const bell = { ground: 'string', number: 'number', key: 'string', member: 'string' }
  state.bells.push(...listOf<BellRecord>(found.bells, bell))
  state.postings.push(
    ...listOf<PostingRecord>(found.postings, { ...bell, text: 'string', isVouched: 'boolean' }),
  )
  const attendance = { ground: 'string', number: 'number', key: 'string' }
  state.attendances.push(...listOf<AttendanceRecord>(found.attendances, attendance))
  state.exclusions.push(...listOf<AttendanceRecord>(found.exclusions, attendance))
  state.waits.push(...listOf<SharedState['waits'][number]>(found.waits, { ground: 'string', key: 'string' }))
  for (const [ground, rings] of Object.entries(objectOf(found.rings)))
    state.rings[ground] = listOf<readonly [number, string]>(rings, { 0: 'number', 1: 'string' })
  return state
}

/** Writes the state. Returns `false`, and writes nothing, if it does not fit. */
export function encodeState(memory: Uint8Array, state: SharedState): boolean {
  const text = Buffer.from(JSON.stringify(state), 'utf8')
  if (text.length > memory.length - 4) return false
  memory.set(text, 4)
  new DataView(memory.buffer, memory.byteOffset).setUint32(0, text.length, true)
  return true
}

/** Returns the state without the records of owners that are gone. Asks once for each owner. */
export function removeDead(state: SharedState, isAlive: (ground: string) => boolean): SharedState {
  const alive = new Map<string, boolean>()
  const lives = (ground: string) => {
    const known = alive.get(ground) ?? isAlive(ground)
    alive.set(ground, known)
    return known
  }
  const living = emptyState()
  for (const [key, lock] of Object.entries(state.locks)) if (lives(lock.ground)) living.locks[key] = lock
  for (const [ground, rings] of Object.entries(state.rings)) if (lives(ground)) living.rings[ground] = rings
  living.postings.push(...state.postings.filter(({ ground }) => lives(ground)))
  living.attendances.push(...state.attendances.filter(({ ground }) => lives(ground)))
  living.exclusions.push(...state.exclusions.filter(({ ground }) => lives(ground)))
  living.bells.push(...state.bells.filter(({ ground }) => lives(ground)))
  living.waits.push(...state.waits.filter(({ ground }) => lives(ground)))
  return living
}

function parseObject(text: string): Record<string, unknown> {
  try {
    return objectOf(JSON.parse(text))
  } catch {
    // A process died while it was writing. The others write their records again.
    return {}
  }
}

function objectOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
}

function listOf<Entry>(value: unknown, shape: Readonly<Record<string, string>>): Entry[] {
  return Array.isArray(value) ? value.filter((entry) => has(entry, shape)) : []
}

function has(value: unknown, shape: Readonly<Record<string, string>>): boolean {
  const members = objectOf(value)
  return Object.entries(shape).every(([name, type]) => typeof members[name] === type)
}
