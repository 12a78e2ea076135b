import { eitherSignal, onAbort, orAborted } from '@roamkit/core/backend-kit'
import type { Activate } from '@roamkit/core/contract'
import { type BusAnswer, type BusCall, BusError, type BusObject, Variant } from '../bus/bus-port.js'
import { asText, dictionary, type Properties, text } from '../bus/property.js'
import { AGENT, AGENT_PATH, MANAGER, MANAGER_PATH, SERVICE_ROOT } from './names.js'

const NOTHING: BusAnswer = { signature: '', body: [] }

/** More fields than any network needs. */
const MOST_FIELDS = 16

/** What {@link Agent} needs. */
export interface AgentPort {
  /** ConnMan's unique name: the only one that is answered. */
  readonly owner: string
  serve(object: BusObject): () => void
  /** Calls ConnMan. */
  call(
    path: string,
    name: string,
    member: string,
    args: { readonly signature: string; readonly body: readonly unknown[] },
  ): Promise<unknown>
  /** ConnMan works on the activation of that service: it asks about it. */
  onQuestion(id: string): void
  log(event: string, detail?: object): void
  /** Aborts when this life of ConnMan is over. */
  readonly over: AbortSignal
}

/** An activation that ConnMan may ask about. */
export class Answerer {
  readonly id: string
  readonly secret: NonNullable<Activate['secret']>
  /** Aborted when the activation has ended, or is being taken down. */
  readonly over = new AbortController()
  /** How many times ConnMan has asked. */
  attempts = 0
  /** Whether there was no secret, or no other one. */
  isExhausted = false

  constructor(id: string, secret: NonNullable<Activate['secret']>) {
    this.id = id
    this.secret = secret
  }
}

/**
 * Our agent (`net.connman.Agent`). It is registered only while an activation has a session to ask, and answers only ConnMan, and only about those
 * activations (rules N3, N5): it cancels every other question. It keeps no secret and logs none. ConnMan asks the agent of the program that
 * connects before any other agent.
 */
export class Agent {
  readonly #port: AgentPort
  readonly #answerers = new Map<string, Answerer>()
  readonly #questions = new Set<AbortController>()
  /** Register and unregister one after the other. */
  #turn: Promise<void> = Promise.resolve()
  #withdraw: (() => void) | null = null

  constructor(port: AgentPort) {
    this.#port = port
    onAbort(port.over, () => this.#withdraw?.())
  }

  /**
   * Answers questions about a service from now on. Resolves when ConnMan knows the agent. If it refuses the agent, the log has the reason, and
   * ConnMan will find no secrets.
   */
  async answerFor(id: string, secret: NonNullable<Activate['secret']>): Promise<Answerer> {
    const answerer = new Answerer(id, secret)
    this.#answerers.set(id, answerer)
    await this.#update()
    return answerer
  }

  /** Whether an activation of that service has a session to ask. */
  answersFor(id: string): boolean {
    return this.#answerers.has(id)
  }

  /** The activation has ended: takes back a question that is under way, and unregisters the agent if no other activation needs it. */
  release(answerer: Answerer): void {
    answerer.over.abort()
    if (this.#answerers.get(answerer.id) !== answerer) return
    this.#answerers.delete(answerer.id)
    void this.#update()
  }

  /** Takes back a question about a service: it is being taken down. */
  takeBack(id: string): void {
    this.#answerers.get(id)?.over.abort()
  }

  /** Registers or unregisters, whichever is due. Never rejects. */
  #update(): Promise<void> {
    this.#turn = this.#turn.then(async () => {
      const isWanted = this.#answerers.size > 0
      if (this.#port.over.aborted || isWanted === (this.#withdraw !== null)) return
      try {
        await (isWanted ? this.#register() : this.#unregister())
      } catch (error) {
        if (!this.#port.over.aborted) this.#port.log('the ConnMan agent cannot be registered', { error })
      }
    })
    return this.#turn
  }

  async #register(): Promise<void> {
    const object = { path: AGENT_PATH, interface: AGENT, caller: this.#port.owner }
    const withdraw = this.#port.serve({ ...object, call: (call) => this.#answer(call) })
    try {
      await this.#ask('RegisterAgent')
      // ConnMan may have left right after its answer.
      if (this.#port.over.aborted) withdraw()
      else this.#withdraw = withdraw
    } catch (error) {
      withdraw()
      throw error
    }
  }

  async #unregister(): Promise<void> {
    this.#withdraw?.()
    this.#withdraw = null
    await this.#ask('UnregisterAgent')
  }

  #ask(member: string): Promise<unknown> {
    return this.#port.call(MANAGER_PATH, MANAGER, member, { signature: 'o', body: [AGENT_PATH] })
  }

  async #answer({ member, body }: BusCall): Promise<BusAnswer> {
    switch (member) {
      case 'RequestInput':
        return this.#requestInput(asText(body[0]), dictionary(body[1]))
      case 'Cancel':
        // ConnMan asks one question at a time, and does not say which one it takes back.
        for (const question of this.#questions) question.abort()
        return NOTHING
      case 'Release':
        // ConnMan has forgotten the agent.
        this.#withdraw?.()
        this.#withdraw = null
        return NOTHING
      case 'ReportError':
      case 'ReportPeerError':
        // Whether to try again is decided where the request to connect is answered.
        return NOTHING
      default:
        throw canceled('this agent only gives the secrets of services')
    }
  }

  async #requestInput(path: string, wanted: Properties): Promise<BusAnswer> {
    const answerer = path.startsWith(SERVICE_ROOT)
      ? this.#answerers.get(path.slice(SERVICE_ROOT.length))
      : undefined
    const fields = fieldsOf(wanted)
    if (answerer === undefined || fields.length === 0) throw canceled('this agent has no secrets for that')
    answerer.attempts += 1
    this.#port.onQuestion(answerer.id)
    const question = new AbortController()
    this.#questions.add(question)
    const until = eitherSignal(answerer.over.signal, this.#port.over)
    const either = eitherSignal(until.signal, question.signal)
    try {
      const request = { id: answerer.id, fields, attempt: answerer.attempts }
      const secrets = await orAborted(answerer.secret(request, { signal: either.signal }), either.signal)
      if (secrets !== null) return answerOf(secrets)
    } catch {
      // Taken back, or the session could not be asked: it knows why.
      throw canceled('the question was taken back')
    } finally {
      either.release()
      until.release()
      this.#questions.delete(question)
    }
    answerer.isExhausted = true
    throw canceled('there is no secret')
  }
}

/** The names of the fields that must be given, or of those that can be, if none must. */
function fieldsOf(wanted: Properties): readonly string[] {
  const named = (requirement: string) =>
    [...wanted].flatMap(([name, about]) =>
      /^\w{1,64}$/.test(name) && text(dictionary(about), 'Requirement') === requirement ? [name] : [],
    )
  const mandatory = named('mandatory')
  return (mandatory.length > 0 ? mandatory : named('optional')).slice(0, MOST_FIELDS)
}

function answerOf(secrets: Readonly<Record<string, string>>): BusAnswer {
  const values = Object.entries(secrets).map(([name, value]) => [name, new Variant('s', value)])
  return { signature: 'a{sv}', body: [Object.fromEntries(values)] }
}

function canceled(text: string): BusError {
  return new BusError('ERR_BUS_ANSWER', text, { answer: `${AGENT}.Error.Canceled` })
}
