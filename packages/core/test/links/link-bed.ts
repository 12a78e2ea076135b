import { onTestFinished, vi } from 'vitest'
import type { SecretsProvider } from '../../src/configurations/secrets.js'
import type { Chooser } from '../../src/configurations/user-choice.js'
import {
  type Activate,
  asyncDispose,
  type Backend,
  type LinkConfiguration,
  type World,
} from '../../src/contract/index.js'
import { engineParts } from '../../src/engine/engine-parts.js'
import type { CommandContext } from '../../src/engine/links/command-context.js'
import { SecretQuestions } from '../../src/engine/links/secret-questions.js'
import { SessionRecord } from '../../src/engine/sessions/session-record.js'
import type { LinkInput } from '../../src/links/link-messages.js'
import type { LinkState } from '../../src/links/link-state.js'
import { timesOf } from '../../src/primitives/time/times.js'
import { DOWN_LINK } from '../down-link.js'
import { ScriptedHolders } from './scripted-holders.js'

/** A link as a test writes it: down and in range, unless it says otherwise. */
export type WrittenLink = Partial<LinkConfiguration> & { readonly id: string }

/** How long the system may take to take a link down, in milliseconds. */
export const WIND_DOWN = 30_000

/** A link that is up under that activation. */
export function up(id: string, activation: string, more: Partial<LinkConfiguration> = {}): WrittenLink {
  return { id, link: 'up', carrier: true, activation, ...more }
}

/** A link whose activation has ended. */
export function ended(id: string, activation: string): WrittenLink {
  return { id, ended: { activation, reason: 'requested', native: null } }
}

/** A backend whose world a test writes, and whose answers it gives. */
class ScriptedBackend implements Backend {
  /** The commands, in order: `activate b`, `deactivate b b-1`. */
  readonly commands: string[] = []
  readonly holders = null
  /** Answers `activate()`. */
  onActivate: (id: string, request: Activate) => Promise<string> = async (id) => `${id}-new`
  /** Answers `deactivate()`. */
  onDeactivate: () => Promise<void> = async () => {}
  #world: World

  constructor(links: readonly WrittenLink[], service: World['service']) {
    this.#world = {
      service,
      updates: 'events',
      scope: 'lab',
      scan: 'no',
      recheck: 'no',
      statistics: false,
      defaultId: null,
      power: 'awake',
      configurations: [],
    }
    this.write(links)
  }

  /** The whole world from now on. */
  write(links: readonly WrittenLink[]): void {
    const configurations = links.map((link) => ({ ...DOWN_LINK, name: `the ${link.id}`, ...link }))
    this.#world = {
      ...this.#world,
      configurations: configurations.sort((one, two) => (one.id < two.id ? -1 : 1)),
    }
  }

  snapshot(): World {
    return this.#world
  }

  async activate(id: string, request: Activate): Promise<string> {
    this.commands.push(`activate ${id}`)
    return this.onActivate(id, request)
  }

  async deactivate(id: string, activation: string, { signal }: { signal: AbortSignal }): Promise<void> {
    this.commands.push(`deactivate ${id} ${activation}`)
    await Promise.race([this.onDeactivate(), aborted(signal)])
  }

  async scan(): Promise<void> {}
  async recheck(): Promise<void> {}
  traffic(): null {
    return null
  }
  async [asyncDispose](): Promise<void> {}
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason))
  })
}

/** What works on links in one manager, on a scripted system, in virtual time. */
export function linkBed(
  links: readonly WrittenLink[],
  {
    service = 'ready',
    chooser = null,
  }: { readonly service?: World['service']; readonly chooser?: Chooser | null } = {},
) {
  vi.useFakeTimers()
  onTestFinished(() => {
    vi.useRealTimers()
  })
  const backend = new ScriptedBackend(links, service)
  const holders = new ScriptedHolders()
  const closing = new AbortController()
  /** What the link machine hears, in order. */
  const posted: LinkInput[] = []
  const logged: unknown[] = []
  const log = (event: string, detail: object) => logged.push([event, detail])
  const times = timesOf({ windDownTimeout: WIND_DOWN })
  const parts = engineParts(
    backend,
    times,
    { holders, chooser, log },
    {
      post: (input) => {
        for (const output of input()) if (output.to === 'link') posted.push(output.input)
      },
      due: () => {},
      signal: closing.signal,
    },
  )
  const { linkStates, watch, catalogue } = parts
  const post = (_id: string, input: LinkInput) => posted.push(input)
  const secrets = new SecretQuestions(catalogue, linkStates, post, log)
  const context: CommandContext = {
    backend,
    holders,
    clock: times.clock,
    watch,
    links: linkStates,
    secrets,
    scope: 'lab',
    signal: closing.signal,
    windDownTimeout: WIND_DOWN,
    post,
  }
  return {
    ...parts,
    backend,
    holders,
    closing,
    posted,
    logged,
    secrets,
    context,
    /** Lets that much time pass, and everything settle that can. */
    pass: async (ms = 0) => {
      await vi.advanceTimersByTimeAsync(ms)
    },
    /** The world is that from now on, and core has read it. */
    see: (...now: readonly WrittenLink[]) => {
      backend.write(now)
      return catalogue.update(watch.read())
    },
    /** Says what the machine of a link has come to. */
    put: (id: string, state: Partial<LinkState>) => {
      const entry = linkStates.entry(id)
      entry.state = { ...entry.state, ...state }
    },
    /** A session of this manager that looks at a link. */
    follow: (by: number, id: string, provider: SecretsProvider | null = null) => {
      const record = new SessionRecord(by, id, { error: null, health: null, secrets: provider }, () => {})
      linkStates.entry(id).members.set(by, record)
      return record
    },
  }
}

/** The attempt to bring a link up that is under way. */
export const ATTEMPT: LinkState['activationAttempt'] = {
  phase: 'requested',
  activation: null,
  own: false,
  seen: false,
}
