import {
  adviceInWords,
  type Explanation,
  type LinkInterface,
  type NetworkConfigurationManager,
  type NetworkSession,
  type RoamingOffer,
  type SessionEvents,
  type SessionState,
  systemClock,
} from '@roamkit/core'
import { escapeText } from '../../escape.js'
import type { ProbeResult } from '../../probe/probe-result.js'
import type { Output } from '../output.js'
import type { RoamRequest } from '../request.js'
import { localTime } from '../terminal/local-time.js'
import type { SessionReport } from './session-report.js'

/** One line of `roamkit roam --json`; each event adds what belongs to it. */
export interface RoamEvent {
  /** When it was reported, ISO 8601 in UTC. */
  readonly time: string
  /** Core's name of the event or of the call whose outcome it is; `roaming`: `roamingStarted`, why it looks elsewhere; `probe`: what came of it. */
  readonly event: Exclude<keyof SessionEvents, 'roamingStarted'> | RoamCall | 'roaming' | 'probe'
  /** The access point concerned; `null` while there is none. */
  readonly identifier: string | null
  /** Its name, `null` as above. Untrusted text. */
  readonly name: string | null
  /** The session's state now. */
  readonly state: SessionState
}

/** The answers to offers and trials. */
export type RoamCall = 'migrate' | 'ignore' | 'accept' | 'reject'

/** Prints what happens to a session on a service network. */
export interface RoamReport extends SessionReport {
  /** An offer. Its listener calls this, because only a session with a listener makes offers. */
  offered(offer: RoamingOffer): void
  /** What an answer came to. */
  answered(call: RoamCall, child: string, tookEffect: boolean): void
  /** What a probe of a candidate came to. */
  probed(child: string, result: ProbeResult): void
}

/** Prints the events of a session on a service network from now on, except offers. */
export function reportRoaming(
  manager: NetworkConfigurationManager,
  session: NetworkSession,
  { format }: Pick<RoamRequest, 'format'>,
  output: Output,
): RoamReport {
  const ended = new AbortController()
  const nameOf = (id: string) => manager.configurationFromIdentifier(id).name || id
  /** The child in use, and after the end the one that was. */
  let last: string | null = null
  let candidate: string | null = null
  let isDown = false
  /** When the session is closed and the link is down, later events are about no access point (rule R2). */
  const forget = () => {
    if (ended.signal.aborted && isDown) last = null
  }
  const current = () => {
    if (session.isOpen) last = session.activeConfiguration || null
    return last
  }
  const print = (
    event: RoamEvent['event'],
    identifier: string | null,
    words: string,
    detail: Readonly<Record<string, unknown>> = {},
  ) => {
    const name = identifier === null ? null : nameOf(identifier)
    const { state } = session
    const line: RoamEvent = { time: new Date().toISOString(), event, identifier, name, state }
    if (format === 'json') return output.json({ ...line, ...detail })
    const { faint, strong } = output.paint
    const subject = strong(escapeText(name ?? 'no access point'))
    output.line(
      [faint(localTime(line.time)), event.padEnd(EVENT_WIDTH), subject, escapeText(words)].join('  '),
    )
  }

  session.on(
    'roamingStarted',
    ({ from: { identifier: from }, to: { identifier: to }, because, explanation }) => {
      candidate = to
      const criterion = explanation?.because ?? null
      const than = `'${nameOf(from)}'`
      const isLoss = because === 'loss'
      const words = isLoss
        ? `instead of ${than}, which was lost`
        : `better than ${than}${figures(explanation)}`
      const detail = {
        from,
        to,
        because: isLoss ? because : criterion,
        criteria: explanation?.criteria ?? [],
      }
      print('roaming', to, words, detail)
    },
  )
  session.on('stateChanged', (state) => {
    print('stateChanged', current(), state)
    if (!session.isOpen && state === 'disconnected') isDown = true
    forget()
  })
  session.on('opened', () => print('opened', current(), `is open${where(session.interface)}`))
  session.on('offerWithdrawn', ({ identifier }) =>
    print('offerWithdrawn', identifier, 'is no longer offered'),
  )
  session.on('newConfigurationActivated', ({ configuration: { identifier }, deadline }) => {
    const answerWithin = left(deadline)
    print('newConfigurationActivated', identifier, `is on trial${where(session.interface)}`, {
      interface: session.interface,
      answerWithin,
    })
  })
  session.on('activeConfigurationChanged', (identifier) => {
    if (identifier === '') return print('activeConfigurationChanged', null, 'is in use')
    print('activeConfigurationChanged', identifier, `is in use${where(session.interface)}`, {
      interface: session.interface,
    })
  })
  session.on('error', ({ code, reason, message }) => {
    const child = code === 'roaming' && session.isOpen ? candidate : current()
    print('error', child, message, { code, reason, message, advice: adviceInWords(reason) })
    // Also if the events go to standard output: a person may read only standard error.
    if (format === 'json') output.note(message)
  })
  session.on('closed', () => {
    print('closed', current(), 'is released')
    ended.abort()
    forget()
  })

  return {
    ended: ended.signal,
    offered({ configuration: { identifier }, isSeamless, deadline }) {
      const answerWithin = left(deadline)
      const words = [isSeamless ? 'is offered, addresses are kept' : 'is offered']
      if (answerWithin !== null) words.push(`for ${Math.round(answerWithin / 1000)} s`)
      print('preferredConfigurationChanged', identifier, words.join(' '), { isSeamless, answerWithin })
    },
    answered(call, child, tookEffect) {
      print(call, child, tookEffect ? 'done' : 'had no effect', { tookEffect })
    },
    probed(child, result) {
      print('probe', child, probeWords(result), { ...result })
    },
  }
}

/** The longest name of an event. */
const EVENT_WIDTH = 'preferredConfigurationChanged'.length

/** Milliseconds until a deadline of the system's clock; `null`: there is none. */
function left(deadline: number | null): number | null {
  return deadline === null ? null : Math.max(0, Math.round(deadline - systemClock.now()))
}

function where(link: LinkInterface | null): string {
  return link === null ? '' : `: ${[link.name, ...link.addresses].join(', ')}`
}

function figures(explanation: Explanation | null): string {
  const criterion = explanation?.criteria.find(({ decides }) => decides)
  return criterion === undefined ? '' : ` by ${criterion.name} (${criterion.one} vs. ${criterion.other})`
}

/** What a probe found, to follow the candidate's name. Untrusted text. */
export function probeWords({ verdict, ms, reason, address, status, native }: ProbeResult): string {
  const from = address === null ? '' : ` from ${address}`
  const why = [reason ?? '', status ?? '', native ?? ''].filter((word) => word !== '').join(', ')
  return `${REACHES[verdict]}${from}${why === '' ? '' : `: ${why}`} (${Math.round(ms)} ms)`
}

const REACHES: Readonly<Record<ProbeResult['verdict'], string>> = {
  ok: 'reaches the target',
  failed: 'does not reach the target',
  ambiguous: 'may have reached the target through another link',
}
