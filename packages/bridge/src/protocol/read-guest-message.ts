import type { AnswerMessage, GuestMessage, ManagerCallMessage, SessionCallMessage } from './messages.js'

/** No identifier, name or secret is longer, in UTF-16 units. */
const LONGEST_TEXT = 65_536
/** No token of a guest's presence is longer. */
const LONGEST_TOKEN = 64
/** No question asks for more fields. */
const MOST_FIELDS = 64

type Reader<Value> = (value: unknown) => Value | undefined

/**
 * A message of a guest, made anew of the members that such a message has. `null` for anything else: a guest is not trusted, so every member
 * is checked, and nothing that it sent is kept as it is.
 */
export function readGuestMessage(value: unknown): GuestMessage | null {
  const message = membersOf(value)
  if (message === null) return null
  return readMessage(message) ?? null
}

function readMessage(message: Members): GuestMessage | undefined {
  const roamkit = message('roamkit')
  switch (roamkit) {
    case 'hello': {
      const version = count(message('version'))
      const hasChooser = flag(message('hasChooser'))
      const presence = orNothing(token)(message('presence'))
      return all({ roamkit, version, hasChooser, presence })
    }
    case 'received':
      return all({ roamkit, sequence: count(message('sequence')) })
    case 'create': {
      const session = count(message('session'))
      const configuration = text(message('configuration'))
      const hasSecrets = flag(message('hasSecrets'))
      return session === 0 ? undefined : all({ roamkit, session, configuration, hasSecrets })
    }
    case 'release':
      return all({ roamkit, session: whole(message('session')) })
    case 'consult':
      return all({ roamkit, session: whole(message('session')), isOn: flag(message('isOn')) })
    case 'call':
      return readCall(message)
    case 'abort':
      return all({ roamkit, call: count(message('call')) })
    case 'answer':
      return readAnswer(message)
    case 'bye':
      return { roamkit }
    default:
      return undefined
  }
}

/** What the argument of each call must be. */
const ARGUMENTS = {
  open: readOpen,
  close: nothing,
  stop: nothing,
  migrate: orNothing(count),
  ignore: orNothing(count),
  accept: orNothing(count),
  reject: orNothing(count),
  requireDecision: count,
  report: oneOf('alive', 'failed'),
  holdOff: milliseconds,
  traffic: nothing,
} as const satisfies {
  readonly [Message in SessionCallMessage as Message['action']]: Reader<Message['argument']>
}

const MANAGER_ARGUMENTS = {
  updateConfigurations: nothing,
  recheckConnectivity: text,
  saveNetwork: text,
  forgetNetwork: text,
} as const satisfies {
  readonly [Message in ManagerCallMessage as Message['action']]: Reader<Message['argument']>
}

function readCall(message: Members): SessionCallMessage | ManagerCallMessage | undefined {
  const action = message('action')
  const call = count(message('call'))
  if (typeof action !== 'string') return undefined
  if (Object.hasOwn(ARGUMENTS, action)) {
    const argument = ARGUMENTS[action as keyof typeof ARGUMENTS](message('argument'))
    const session = whole(message('session'))
    return all({ roamkit: 'call', call, action, session, argument }) as SessionCallMessage | undefined
  }
  if (!Object.hasOwn(MANAGER_ARGUMENTS, action)) return undefined
  const argument = MANAGER_ARGUMENTS[action as keyof typeof MANAGER_ARGUMENTS](message('argument'))
  return all({ roamkit: 'call', call, action, session: null, argument }) as ManagerCallMessage | undefined
}

function readOpen(value: unknown) {
  const options = membersOf(value)
  if (options === null) return undefined
  return all({
    keepOpen: options('keepOpen') === 'always' ? ('always' as const) : flag(options('keepOpen')),
    lastClose: orNothing(oneOf('down', 'leave', 'restore'))(options('lastClose')),
    connectInBackground: orNothing(flag)(options('connectInBackground')),
  })
}

function readAnswer(message: Members): AnswerMessage | undefined {
  const question = count(message('question'))
  if (question === undefined) return undefined
  const given = message('answer')
  const answer = given === null || typeof given === 'string' ? orNothing(text)(given) : texts(given)
  // An answer that is not right is none: the question must not wait for another one.
  const failed = message('failed') !== false || answer === undefined
  return { roamkit: 'answer', question, failed, answer: answer ?? null }
}

/** Reads the own members of a message; an inherited one is none. */
type Members = (name: string) => unknown

function membersOf(value: unknown): Members | null {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return null
  return (name) => (Object.hasOwn(value, name) ? (value as Record<string, unknown>)[name] : undefined)
}

/** The object, unless one of its members is `undefined`. */
function all<Parts extends object>(
  parts: Parts,
): { readonly [Name in keyof Parts]: Exclude<Parts[Name], undefined> } | undefined {
  return Object.values(parts).includes(undefined) ? undefined : (parts as never)
}

function count(value: unknown): number | undefined {
  return Number.isSafeInteger(value) && (value as number) >= 0 ? (value as number) : undefined
}

function whole(value: unknown): number | undefined {
  return Number.isSafeInteger(value) ? (value as number) : undefined
}

function milliseconds(value: unknown): number | undefined {
  return typeof value === 'number' && value >= 0 ? value : undefined
}

function flag(value: unknown): boolean | undefined {
  return typeof value === 'boolean' ? value : undefined
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value.length <= LONGEST_TEXT ? value : undefined
}

function token(value: unknown): string | undefined {
  return typeof value === 'string' && value.length <= LONGEST_TOKEN ? value : undefined
}

function nothing(value: unknown): null | undefined {
  return value === null ? null : undefined
}

function orNothing<Value>(read: Reader<Value>): Reader<Value | null> {
  return (value) => (value === null ? null : read(value))
}

function oneOf<Word extends string>(...words: readonly Word[]): Reader<Word> {
  return (value) => words.find((word) => word === value)
}

/** Nothing else: a view of a shared buffer costs its sender nothing, and has a name for each byte. */
function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return Object.prototype.toString.call(value) === '[object Object]'
}

/** A record of texts. It has no prototype, so that no name is special. */
function texts(value: unknown): Readonly<Record<string, string>> | undefined {
  if (!isRecord(value)) return undefined
  const names = Object.keys(value)
  if (names.length > MOST_FIELDS || names.some((name) => name.length > LONGEST_TEXT)) return undefined
  const record: Record<string, string> = Object.create(null)
  for (const name of names) {
    const one = text(value[name])
    if (one === undefined) return undefined
    record[name] = one
  }
  return record
}
