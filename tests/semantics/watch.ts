import type { NetworkSession } from '@roamkit/core'

/** What one session told, and what is wrong about it. */
export class Watch {
  readonly wrong: string[] = []
  readonly told: string[] = []
  opened = 0
  closed = 0
  #state: string

  constructor(
    readonly name: string,
    readonly session: NetworkSession,
  ) {
    this.#state = session.state
    session.on('stateChanged', (state) => {
      this.told.push(state)
      if (state === this.#state) this.wrong.push(`told ${state} twice in a row`)
      if (session.state !== state) this.wrong.push(`told ${state} while it reads ${session.state}`)
      this.#state = state
      this.check()
    })
    session.on('opened', () => {
      this.told.push('opened')
      this.opened += 1
      if (this.opened !== this.closed + 1) this.wrong.push('opened twice')
      if (!session.isOpen) this.wrong.push('opened, but not open')
      this.check()
    })
    session.on('closed', () => {
      this.told.push('closed')
      this.closed += 1
      if (this.opened !== this.closed) this.wrong.push('closed without an opened')
      if (session.isOpen) this.wrong.push('closed, but open')
      this.check()
    })
    session.on('error', ({ reason }) => this.told.push(`error ${reason}`))
  }

  check(): void {
    if (this.session.isOpen && this.session.state === 'invalid') this.wrong.push('open while invalid')
  }
}
