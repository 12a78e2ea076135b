import {
  asyncDispose,
  type Held,
  type Holder,
  type Holders,
  type LockCall,
} from '../../src/contract/index.js'

/** What these holders say of one link. */
export interface HoldersScript {
  /** How many others visibly hold it. */
  readonly others?: number
  /** What `exclude()` answers: as `others` says, unless others hold it unseen. */
  readonly excludes?: boolean
  /** The activation that holders brought up, until one is stored. */
  readonly owned?: string | null
}

/** Holders that say what a test has written for them, and note what is asked of them. */
export class ScriptedHolders implements Holders {
  span: Holders['span'] = 'process'
  certainty: Holders['certainty'] = 'certain'
  /** What was asked, in order: `lock b`, `join b b-1`, `exclude b`, `stopping b b-1`, `leave b`, `watch b`; of a device `lock device lab eth0`. */
  readonly asked: string[] = []
  /** The listeners for a `stop()` elsewhere, by link. */
  readonly watchers = new Map<string, (activation: string) => void>()
  /** What a lock rejects with, instead of being given. */
  refusal: Error | null = null
  /** Joining is over when this is. */
  joining: Promise<void> = Promise.resolve()
  readonly #scripts = new Map<string, HoldersScript>()
  readonly #owned = new Map<string, string | null>()
  readonly #queues = new Map<string, Promise<unknown>>()

  /** What holders say of a link from the next lock on. */
  script(id: string, script: HoldersScript): void {
    this.#scripts.set(id, script)
    if (script.owned !== undefined) this.#owned.set(id, script.owned)
  }

  /** Whose activation is stored. */
  ownedOf(id: string): string | null {
    return this.#owned.get(id) ?? null
  }

  /** Another holder takes the lock of a link, and keeps it until the returned function is called. */
  takeLock(scope: string, id: string): () => void {
    let release = () => {}
    const taken = new Promise<void>((resolve) => {
      release = resolve
    })
    const key = keyOf(scope, id)
    const turn = this.#queueOf(key).then(() => taken)
    this.#queues.set(key, turn)
    return release
  }

  async locked<T>(scope: string, id: string, run: (held: Held) => Promise<T>, call: LockCall): Promise<T> {
    call.signal.throwIfAborted()
    const key = keyOf(scope, id)
    const turn = this.#queueOf(key).then(async () => {
      if (this.refusal !== null) throw this.refusal
      call.signal.throwIfAborted()
      this.asked.push(`lock ${scope === 'lab' ? id : `${scope} ${id}`}`)
      return run(this.#held(id))
    })
    const done = turn.catch(() => undefined)
    this.#queues.set(key, done)
    return turn
  }

  watch(_scope: string, id: string, stopped: (activation: string) => void): () => void {
    this.asked.push(`watch ${id}`)
    this.watchers.set(id, stopped)
    return () => this.watchers.delete(id)
  }

  list(): readonly Holder[] {
    return []
  }

  async [asyncDispose](): Promise<void> {}

  #queueOf(key: string): Promise<unknown> {
    return this.#queues.get(key) ?? Promise.resolve()
  }

  #held(id: string): Held {
    const { others = 0, excludes = others === 0 } = this.#scripts.get(id) ?? {}
    const { certainty } = this
    const isCertain = certainty === 'certain'
    return {
      certainty,
      others: isCertain ? others : Math.max(others, 1),
      owned: isCertain ? this.ownedOf(id) : null,
      exclude: async () => {
        this.asked.push(`exclude ${id}`)
        return isCertain && excludes
      },
      join: async (owned) => {
        this.asked.push(`join ${id} ${owned}`)
        await this.joining
        this.#owned.set(id, owned)
      },
      leave: async () => {
        this.asked.push(`leave ${id}`)
        if (others === 0) this.#owned.delete(id)
      },
      stopping: (activation) => {
        this.asked.push(`stopping ${id} ${activation}`)
      },
    }
  }
}

function keyOf(scope: string, id: string): string {
  return JSON.stringify([scope, id])
}
