import { randomBytes } from 'node:crypto'
import { eitherSignal, onAbort, orAborted } from '@roamkit/core/backend-kit'
import type { Activate } from '@roamkit/core/contract'
import { type BusAnswer, type BusCall, BusError, type BusObject } from '../bus/bus-port.js'
import { asNumber, asText, asTexts, dictionary, section, text } from '../bus/property.js'
import { SECRET_AGENT, SECRET_AGENT_PATH } from './objects/names.js'
import { secretFields, secretsAnswer } from './secret-fields.js'

/** `NMSecretAgentGetSecretsFlags` */
const ALLOW_INTERACTION = 0x1
const REQUEST_NEW = 0x2
/** `NMSecretAgentCapabilities`: hints for VPNs, too. */
const VPN_HINTS = 0x1

const NOTHING: BusAnswer = { signature: '', body: [] }

/** What {@link SecretAgent} needs. */
export interface SecretAgentPort {
  /** NetworkManager's unique name: the only one that is answered. */
  readonly owner: string
  serve(object: BusObject): () => void
  /** A method of `AgentManager`. */
  call(
    member: string,
    args: { readonly signature: string; readonly body: readonly unknown[] } | null,
  ): Promise<unknown>
  log(event: string, detail?: object): void
  /** Aborts when this life of NetworkManager is over. */
  readonly over: AbortSignal
}

/** An activation that NetworkManager may ask about. */
interface Answerer {
  readonly id: string
  readonly secret: NonNullable<Activate['secret']>
  /** Aborted when the activation has ended. */
  readonly over: AbortController
  attempts: number
  /** Whether its last secret was refused, and there was no other. */
  isExhausted: boolean
}

/** A question under way. */
interface Question {
  readonly profile: string
  readonly setting: string
  readonly controller: AbortController
}

/**
 * Our secret agent (`org.freedesktop.NetworkManager.SecretAgent`). It is registered only while an activation has a session to ask, and answers
 * only NetworkManager, and only about those activations (rules N3, N5). It keeps no secret and logs none. NetworkManager asks the agents of the
 * process that activated first, so other agents of the user, such as the desktop's, are not in the way.
 */
export class SecretAgent {
  readonly #port: SecretAgentPort
  readonly #answerers = new Map<string, Answerer>()
  readonly #questions = new Set<Question>()
  /** Register and unregister one after the other. */
  #turn: Promise<void> = Promise.resolve()
  #withdraw: (() => void) | null = null

  constructor(port: SecretAgentPort) {
    this.#port = port
    onAbort(port.over, () => this.#withdraw?.())
  }

  /**
   * Answers questions about the profile with that UUID from now on. Resolves when NetworkManager knows the agent. If it refuses the agent, the
   * log has the reason, and NetworkManager will find no secrets.
   * @returns the undo, for when the activation has ended: takes back a question that is under way
   */
  async answerFor(id: string, secret: NonNullable<Activate['secret']>): Promise<() => void> {
    this.#answerers.get(id)?.over.abort()
    const answerer: Answerer = { id, secret, over: new AbortController(), attempts: 0, isExhausted: false }
    this.#answerers.set(id, answerer)
    await this.#update()
    return () => {
      answerer.over.abort()
      if (this.#answerers.get(id) !== answerer) return
      this.#answerers.delete(id)
      void this.#update()
    }
  }

  /** Whether the activation of that profile, which is ending, lacked a secret only because the one that it got was wrong. */
  wasRefused(id: string): boolean {
    return this.#answerers.get(id)?.isExhausted ?? false
  }

  /** Registers or unregisters, whichever is due. Never rejects. */
  #update(): Promise<void> {
    this.#turn = this.#turn.then(async () => {
      const isWanted = this.#answerers.size > 0
      if (this.#port.over.aborted || isWanted === (this.#withdraw !== null)) return
      try {
        await (isWanted ? this.#register() : this.#unregister())
      } catch (error) {
        if (!this.#port.over.aborted) this.#port.log('the secret agent cannot be registered', { error })
      }
    })
    return this.#turn
  }

  async #register(): Promise<void> {
    const object = { path: SECRET_AGENT_PATH, interface: SECRET_AGENT, caller: this.#port.owner }
    const withdraw = this.#port.serve({ ...object, call: (call) => this.#answer(call) })
    try {
      // Of several agents of one user each needs a name of its own.
      const name = `roamkit-${process.pid}-${randomBytes(4).toString('hex')}`
      await this.#port.call('RegisterWithCapabilities', { signature: 'su', body: [name, VPN_HINTS] })
      // NetworkManager may have left right after its answer.
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
    await this.#port.call('Unregister', null)
  }

  async #answer({ member, body }: BusCall): Promise<BusAnswer> {
    switch (member) {
      case 'GetSecrets':
        return this.#getSecrets(body)
      case 'CancelGetSecrets':
        return this.#cancel(asText(body[0]), asText(body[1]))
      case 'SaveSecrets':
      case 'DeleteSecrets':
        // Nothing is stored here.
        return NOTHING
      default:
        throw refusal('org.freedesktop.DBus.Error.UnknownMethod', 'a secret agent has no such method')
    }
  }

  async #getSecrets(body: readonly unknown[]): Promise<BusAnswer> {
    const [settings, profile, setting] = [dictionary(body[0]), asText(body[1]), asText(body[2])]
    const flags = asNumber(body[4])
    const answerer = this.#answerers.get(text(section(settings, 'connection'), 'uuid'))
    const fields = secretFields({ setting, hints: asTexts(body[3]), settings })
    // Without this flag only what is stored may be given, and nothing is.
    if (answerer === undefined || fields.length === 0 || (flags & ALLOW_INTERACTION) === 0) throw noSecrets()
    if (answerer.attempts === 0 || (flags & REQUEST_NEW) !== 0) answerer.attempts += 1
    const question = { profile, setting, controller: new AbortController() }
    this.#questions.add(question)
    const until = eitherSignal(answerer.over.signal, this.#port.over)
    const either = eitherSignal(until.signal, question.controller.signal)
    try {
      const request = { id: answerer.id, fields, attempt: answerer.attempts }
      const asking = answerer.secret(request, { signal: either.signal })
      const secrets = await orAborted(asking, either.signal)
      if (secrets !== null) return secretsAnswer(setting, secrets)
    } catch {
      // Taken back, or the session could not be asked: it knows why.
      throw refusal(`${SECRET_AGENT}.Error.AgentCanceled`, 'the question was taken back')
    } finally {
      either.release()
      until.release()
      this.#questions.delete(question)
    }
    answerer.isExhausted = answerer.attempts > 1
    // NetworkManager asks no other agent then: what was opened with a provider depends on nothing else.
    throw refusal(`${SECRET_AGENT}.Error.UserCanceled`, 'there is no secret')
  }

  #cancel(profile: string, setting: string): BusAnswer {
    for (const question of this.#questions)
      if (question.profile === profile && question.setting === setting) question.controller.abort()
    return NOTHING
  }
}

function noSecrets(): BusError {
  return refusal(`${SECRET_AGENT}.Error.NoSecrets`, 'this agent has no secrets for that')
}

function refusal(answer: string, text: string): BusError {
  return new BusError('ERR_BUS_ANSWER', text, { answer })
}
