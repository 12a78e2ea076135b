import type { HolderSpan } from '../configurations/capabilities.js'
import type { NetworkConfiguration } from '../configurations/network-configuration.js'
import { USER_CHOICE, USER_CHOICE_NAME } from '../configurations/user-choice.js'
import type { LinkConfiguration, World } from '../contract/index.js'
import type { SessionErrorReason } from '../links/failure.js'
import { reasonInWords } from '../sessions/session-error.js'
import { carries } from '../world/link-facts.js'
import {
  adviceInWords,
  BE_ASKED,
  GET_PERMISSION,
  isLikelyAgain,
  NOT_PERMITTED,
  OUT_OF_REACH,
  visitedWords,
} from './diagnosis-words.js'

/** What a diagnosis found about a configuration, for programs. `last...` is why its link or session ended last time. */
export type FindingCode =
  | 'unknownConfiguration'
  | 'closed'
  | 'serviceLost'
  | 'denied'
  | 'observing'
  | 'asks'
  | 'permissionUnknown'
  | 'outOfRange'
  | 'hidden'
  | 'rangeUnknown'
  | 'noCarrier'
  | 'deviceBusy'
  | 'deviceTaken'
  | 'active'
  | 'activating'
  | 'deactivating'
  | 'stopDenied'
  | 'portal'
  | 'noInternet'
  | 'noMember'
  | 'membersDoubtful'
  | 'noChoice'
  | 'choiceDoubtful'
  | 'noChooser'
  | 'notUplink'
  | 'metered'
  | 'visitedNetwork'
  | `last${Capitalize<SessionErrorReason>}`

/** `problem`: opening fails. `warning`: opening may fail, or the link may not be useful. `note`: good to know. */
export type Severity = 'problem' | 'warning' | 'note'

/** One thing that a diagnosis found. */
export interface Finding<Code extends string = FindingCode> {
  readonly code: Code
  readonly severity: Severity
  /** A sentence for people. May hold names and words from outside: escape it before a terminal or a page sees it. */
  readonly says: string
  /** What to do about it; `null` if nothing needs to be done. Escape it, too. */
  readonly advice: string | null
}

/** Whether a configuration can be opened now, and the findings about it: plain data, frozen. */
export interface Diagnosis {
  readonly identifier: string
  /** Empty if the configuration is unknown. Untrusted text. */
  readonly name: string
  /** `no`: `open()` rejects unless something changes first. `yes`: no problem is known. `maybe`: only an attempt shows. */
  readonly canOpen: 'yes' | 'maybe' | 'no'
  /** Problems first, notes last. */
  readonly findings: readonly Finding[]
}

/** The facts that a diagnosis is based on. */
export interface DiagnosisFacts {
  readonly world: World
  /** Whose holders of a link are counted (rule H2). */
  readonly span: HolderSpan
  /** The configurations that sessions of this manager hold. */
  readonly held: ReadonlySet<string>
  /** The configurations that this manager is taking down. */
  readonly falling: ReadonlySet<string>
  /** The service networks, by their snapshots (rule M5). */
  readonly networks: readonly Pick<NetworkConfiguration, 'identifier' | 'name' | 'children'>[]
  /** Whether the manager has a chooser, which answers for `userChoice` (rule M6). */
  readonly hasChooser: boolean
  /** The manager is closed, or closing. */
  readonly isClosed: boolean
}

/** Why a session on the configuration failed last time, if more is known than the world shows. */
export interface LastFailure {
  readonly reason: SessionErrorReason
  /** The system's own term; `null` if it gave none. Untrusted text. */
  readonly native: string | null
}

/** Whether that configuration can be opened now, why not, and what to do about it. Pure; never throws. */
export function diagnose(facts: DiagnosisFacts, id: string, failed: LastFailure | null = null): Diagnosis {
  const { isClosed, world, networks } = facts
  const link = isClosed ? null : (world.configurations.find((one) => one.id === id) ?? null)
  const network = isClosed ? null : (networks.find(({ identifier }) => identifier === id) ?? null)
  const found = new Found()
  if (network !== null) examineMembers(found, facts, network.children, failed)
  else if (isClosed) found.problem('closed', 'The manager is closed.', adviceInWords('closed'))
  else if (id === USER_CHOICE) examineChoice(found, facts, failed)
  else if (link === null)
    found.problem(
      'unknownConfiguration',
      'There is no configuration with that identifier.',
      adviceInWords('unknownConfiguration'),
    )
  else examine(found, facts, link, failed ?? link.ended)
  return Object.freeze({
    identifier: id,
    name:
      id === USER_CHOICE && facts.hasChooser && !isClosed
        ? USER_CHOICE_NAME
        : (network?.name ?? link?.name ?? ''),
    canOpen: found.canOpen,
    findings: found.inOrder(),
  })
}

const ORDER: readonly Severity[] = ['problem', 'warning', 'note']

/** The findings so far, and what they mean for opening. */
class Found {
  readonly #findings: Finding[] = []
  #isDoubtful = false

  problem(code: FindingCode, says: string, advice: string): void {
    this.#add('problem', code, says, advice)
  }

  /** A warning that leaves open whether opening works. */
  doubt(code: FindingCode, says: string, advice: string): void {
    this.#isDoubtful = true
    this.#add('warning', code, says, advice)
  }

  /** A warning about what comes after opening. */
  warning(code: FindingCode, says: string, advice: string): void {
    this.#add('warning', code, says, advice)
  }

  note(code: FindingCode, says: string, advice: string | null = null): void {
    this.#add('note', code, says, advice)
  }

  get canOpen(): Diagnosis['canOpen'] {
    if (this.#findings.some(({ severity }) => severity === 'problem')) return 'no'
    return this.#isDoubtful ? 'maybe' : 'yes'
  }

  inOrder(): readonly Finding[] {
    const sorted = [...this.#findings].sort((a, b) => ORDER.indexOf(a.severity) - ORDER.indexOf(b.severity))
    return Object.freeze(sorted)
  }

  #add(severity: Severity, code: FindingCode, says: string, advice: string | null): void {
    this.#findings.push(Object.freeze({ code, severity, says, advice }))
  }
}

function examine(
  found: Found,
  facts: DiagnosisFacts,
  link: LinkConfiguration,
  last: LastFailure | null,
): void {
  const isFalling = link.link === 'deactivating' || facts.falling.has(link.id)
  const isUp = carries(link) && !isFalling
  if (facts.world.service === 'lost')
    found.problem(
      'serviceLost',
      'The network service is unavailable. Everything else here is the last known state. open() waits for the service until connectTimeout.',
      adviceInWords('serviceLost'),
    )
  if (isUp) found.note('active', 'It is up. A session that opens it joins immediately.')
  else if (isFalling)
    found.doubt(
      'deactivating',
      'It is going down. A session that opens it waits for that and then brings it up again.',
      'Nothing needs to be done. If it hangs, find out what takes it down.',
    )
  else if (link.link === 'activating')
    found.doubt(
      'activating',
      'It is coming up. A session that opens it joins the activation.',
      'Nothing needs to be done. If it hangs, check what is missing, such as a password or an address.',
    )
  else if (link.link === 'up') examineCarrier(found, facts, link)
  if (link.link === 'down' || link.link === 'deactivating') examinePermission(found, facts.world, link)
  if (link.link === 'down') {
    examineRange(found, link)
    examineDevice(found, facts, link)
  }
  if (!isUp && last !== null) examineLast(found, link, last)
  if (isUp) examineNetwork(found, link)
  if (link.deactivate === 'no' && (isUp || link.activate !== 'no'))
    found.note(
      'stopDenied',
      'This program may not take it down: stop() is refused, and the link stays up when sessions close.',
    )
  if (!link.uplink) found.note('notUplink', 'It is not an uplink: it does not bring this machine online.')
  if (link.metered?.value === true)
    found.note('metered', `Its traffic ${link.metered.sure ? 'is' : 'is probably'} metered.`)
  if (link.cellular?.registration === 'visited') found.note('visitedNetwork', visitedWords(link.cellular))
}

/** A service network can be opened if one of its access points can (rule R1). */
function examineMembers(
  found: Found,
  facts: DiagnosisFacts,
  children: readonly { readonly identifier: string }[],
  last: LastFailure | null,
): void {
  const members = children.map(({ identifier }) => diagnose(facts, identifier))
  const word = (verdict: Diagnosis['canOpen']) => namesOf(members, verdict)
  if (members.length === 0)
    found.problem(
      'noMember',
      'It has no access points.',
      'Scan for networks, or give it access points that exist.',
    )
  else if (members.every(({ canOpen }) => canOpen === 'no'))
    found.problem(
      'noMember',
      `None of its access points can be opened: ${word('no')}.`,
      'Run the diagnosis of each of them, and follow the advice for one.',
    )
  else if (!members.some(({ canOpen }) => canOpen === 'yes'))
    found.doubt(
      'membersDoubtful',
      `Some of its access points might open: ${word('maybe')}.`,
      'Try to open it. If that fails, run the diagnosis of each of them.',
    )
  if (last !== null) found.note(lastCode(last), lastWords(last), adviceInWords(last.reason))
}

/** The names of those that have that verdict, as part of a sentence. */
function namesOf(diagnoses: readonly Diagnosis[], verdict: Diagnosis['canOpen']): string {
  return diagnoses.flatMap(({ canOpen, name }) => (canOpen === verdict ? [`'${name}'`] : [])).join(', ')
}

/** The user's choice opens the configuration that the chooser returns (rule M6). */
function examineChoice(found: Found, facts: DiagnosisFacts, last: LastFailure | null): void {
  const { hasChooser, networks, world } = facts
  if (!hasChooser)
    return found.problem(
      'noChooser',
      'The manager has no chooser, so there is no user choice.',
      'Pass a chooser to NetworkConfigurationManager.open().',
    )
  const identifiers = [...world.configurations.map(({ id }) => id), ...networks.map((one) => one.identifier)]
  const candidates = identifiers.map((identifier) => diagnose(facts, identifier))
  if (candidates.length === 0)
    found.problem('noChoice', 'There are no configurations to choose from.', 'Scan for networks.')
  else if (candidates.every(({ canOpen }) => canOpen === 'no'))
    found.problem(
      'noChoice',
      `None of the configurations to choose from can be opened: ${namesOf(candidates, 'no')}.`,
      'Run the diagnosis of each of them, and follow the advice for one.',
    )
  else if (candidates.some(({ canOpen }) => canOpen !== 'yes'))
    found.doubt(
      'choiceDoubtful',
      'Whether it opens depends on the choice: some of the configurations to choose from may not open.',
      'Try to open it, or run the diagnosis of each of them.',
    )
  if (last !== null) found.note(lastCode(last), lastWords(last), adviceInWords(last.reason))
}

/** A link that is up but carries no traffic. Opening is refused, unless an attempt is permitted or a wlan may be in its carrierGrace. */
function examineCarrier(found: Found, { held }: DiagnosisFacts, link: LinkConfiguration): void {
  const says = `It is up, but ${OUT_OF_REACH[link.bearer].lost}.`
  if (link.activate === 'yes' || link.bearer === 'wlan' || held.has(link.id))
    found.doubt('noCarrier', says, adviceInWords('carrierLost'))
  else found.problem('noCarrier', says, adviceInWords('carrierLost'))
}

function examinePermission(found: Found, world: World, link: LinkConfiguration): void {
  switch (link.activate) {
    case 'yes':
      return
    case 'no':
      if (isObserving(world))
        return found.problem(
          'observing',
          'This backend only observes links and cannot bring any up.',
          adviceInWords('notSupported'),
        )
      return found.problem('denied', NOT_PERMITTED, GET_PERMISSION)
    case 'ask':
      return found.doubt(
        'asks',
        'The system asks for permission before it brings the link up, and refuses if there is no one to answer.',
        BE_ASKED,
      )
    case 'unknown':
      // If a link is out of range, another finding says so.
      if (link.inRange === false) return
      return found.doubt(
        'permissionUnknown',
        'Roamkit cannot determine whether this program may bring it up.',
        'Try to open it.',
      )
  }
}

function examineRange(found: Found, link: LinkConfiguration): void {
  // If it cannot be opened, do not suggest trying: another finding says why.
  if (link.inRange === true || (link.inRange === null && link.activate === 'no')) return
  const { says, advice } = OUT_OF_REACH[link.bearer]
  const device = link.device === null ? '' : ` (its device is '${link.device}')`
  if (link.inRange === null)
    found.doubt(
      'rangeUnknown',
      `Roamkit cannot determine whether it is in range${device}.`,
      'Try to open it.',
    )
  else if (link.activate === 'yes')
    found.doubt(
      'hidden',
      'It is not visible, but may be in range: a hidden network is found only by connecting to it.',
      'Try to open it.',
    )
  else found.problem('outOfRange', `It is out of range: ${says}${device}.`, advice)
}

/** Rule H5: a device carries one link at a time. */
function examineDevice(found: Found, { world, held }: DiagnosisFacts, link: LinkConfiguration): void {
  if (link.device === null) return
  for (const rival of world.configurations) {
    if (rival.id === link.id || rival.device !== link.device || rival.link === 'down') continue
    const carries = `Its device '${link.device}' carries '${rival.name}'`
    if (rival.link === 'up' && held.has(rival.id))
      found.problem(
        'deviceBusy',
        `${carries}, which is in use by a session of this program.`,
        adviceInWords('deviceBusy'),
      )
    else
      found.doubt(
        'deviceTaken',
        `${carries}. Opening this configuration takes over the device, unless a session holds the other one.`,
        `Close the sessions on '${rival.name}', or accept that it is disconnected.`,
      )
  }
}

function examineLast(found: Found, link: LinkConfiguration, last: LastFailure): void {
  if (isLikelyAgain(last.reason)) found.doubt(lastCode(last), lastWords(last), adviceInWords(last.reason))
  // The reason why a link ended may also be why it is out of range now.
  else found.note(lastCode(last), lastWords(last), link.inRange === false ? adviceInWords(last.reason) : null)
}

function lastCode({ reason }: LastFailure): FindingCode {
  return `last${reason.charAt(0).toUpperCase()}${reason.slice(1)}` as FindingCode
}

function lastWords({ reason, native }: LastFailure): string {
  return `Why it ended last time: ${reasonInWords(reason)}${native === null ? '' : ` (${native})`}.`
}

/** What the network of a link that is up connects to. */
function examineNetwork(found: Found, { connectivity, portal }: LinkConfiguration): void {
  switch (connectivity) {
    case 'portal':
      return found.warning(
        'portal',
        'It is behind a login page (captive portal).',
        portal === null
          ? 'Open any http:// page in a browser and log in.'
          : `Open ${portal} in a browser and log in.`,
      )
    case 'none':
    case 'limited':
      return found.warning(
        'noInternet',
        connectivity === 'none'
          ? 'Nothing outside this machine answers through it.'
          : 'Its network answers, but the Internet does not.',
        'Check the router and its Internet connection. The local network may still be reachable.',
      )
    case 'full':
    case 'unknown':
      return
  }
}

/** Whether the backend only observes: it polls, and can bring no link up or down. The facts do not show it more directly. */
export function isObserving({ updates, configurations }: World): boolean {
  return (
    updates === 'polling' &&
    configurations.every(({ activate, deactivate }) => activate === 'no' && deactivate === 'no')
  )
}
