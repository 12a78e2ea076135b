/** What the grounds of a logon session have put down together. Plain data; whoever reads it believes only its shape. */
export interface GroundBoard {
  /** Who has which lock. */
  readonly locks: Record<string, BoardLock>
  readonly postings: BoardPosting[]
  /** Who is there to be counted. */
  readonly attendances: BoardAttendance[]
  /** Who keeps all others from being there. */
  readonly exclusions: BoardAttendance[]
  readonly bells: BoardBell[]
  /** Who waits for which lock. */
  readonly waits: { readonly ground: string; readonly key: string }[]
  /** What was rung for a ground and not heard yet: the number of a bell and the text. */
  readonly rings: Record<string, (readonly [number, string])[]>
}

/** A lock that is held. */
export interface BoardLock {
  readonly ground: string
  readonly process: number
  /** Another one for each taking. */
  readonly word: string
}

/** A ground that attends a key, or excludes all others from it. */
export interface BoardAttendance {
  readonly ground: string
  readonly number: number
  readonly key: string
}

/** A text that a ground has put up. */
export interface BoardPosting {
  readonly ground: string
  readonly number: number
  readonly key: string
  readonly member: string
  readonly text: string
  readonly isVouched: boolean
}

/** A bell that a ground has hung up. */
export interface BoardBell {
  readonly ground: string
  readonly number: number
  readonly key: string
  readonly member: string
}

/** A board with nothing on it. */
function emptyBoard(): GroundBoard {
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

/** The length as 32 bits, then JSON. Whatever is not of its shape is left out: other programs may write here. */
export function readBoard(memory: Uint8Array): GroundBoard {
  const board = emptyBoard()
  const length = new DataView(memory.buffer, memory.byteOffset).getUint32(0, true)
  if (length === 0 || length > memory.length - 4) return board
  const found = parsed(Buffer.from(memory.slice(4, 4 + length)).toString('utf8'))
  for (const [key, lock] of Object.entries(objectOf(found.locks)))
    if (has(lock, { ground: 'string', process: 'number', word: 'string' }))
      board.locks[key] = lock as BoardLock
  const bell = { ground: 'string', number: 'number', key: 'string', member: 'string' }
  board.bells.push(...listOf<BoardBell>(found.bells, bell))
  board.postings.push(
    ...listOf<BoardPosting>(found.postings, { ...bell, text: 'string', isVouched: 'boolean' }),
  )
  const attendance = { ground: 'string', number: 'number', key: 'string' }
  board.attendances.push(...listOf<BoardAttendance>(found.attendances, attendance))
  board.exclusions.push(...listOf<BoardAttendance>(found.exclusions, attendance))
  board.waits.push(...listOf<GroundBoard['waits'][number]>(found.waits, { ground: 'string', key: 'string' }))
  for (const [ground, rings] of Object.entries(objectOf(found.rings)))
    board.rings[ground] = listOf<readonly [number, string]>(rings, { 0: 'number', 1: 'string' })
  return board
}

/** The reverse; `false` where it does not fit, and then nothing is written. */
export function writeBoard(memory: Uint8Array, board: GroundBoard): boolean {
  const text = Buffer.from(JSON.stringify(board), 'utf8')
  if (text.length > memory.length - 4) return false
  memory.set(text, 4)
  new DataView(memory.buffer, memory.byteOffset).setUint32(0, text.length, true)
  return true
}

/** Takes away what grounds have left that are not there any more. */
export function withoutTheDead(board: GroundBoard, isAlive: (ground: string) => boolean): GroundBoard {
  const alive = new Map<string, boolean>()
  const lives = (ground: string) => {
    const known = alive.get(ground) ?? isAlive(ground)
    alive.set(ground, known)
    return known
  }
  const living = emptyBoard()
  for (const [key, lock] of Object.entries(board.locks)) if (lives(lock.ground)) living.locks[key] = lock
  for (const [ground, rings] of Object.entries(board.rings)) if (lives(ground)) living.rings[ground] = rings
  living.postings.push(...board.postings.filter(({ ground }) => lives(ground)))
  living.attendances.push(...board.attendances.filter(({ ground }) => lives(ground)))
  living.exclusions.push(...board.exclusions.filter(({ ground }) => lives(ground)))
  living.bells.push(...board.bells.filter(({ ground }) => lives(ground)))
  living.waits.push(...board.waits.filter(({ ground }) => lives(ground)))
  return living
}

function parsed(text: string): Record<string, unknown> {
  try {
    return objectOf(JSON.parse(text))
  } catch {
    // Torn by somebody who died while writing: those who live put up again what they hold.
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
