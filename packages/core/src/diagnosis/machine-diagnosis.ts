import { type Capabilities, capabilitiesOf, type HolderSpan } from '../configurations/capabilities.js'
import type { Permission, World } from '../contract/index.js'
import { type DiagnosisFacts, type Finding, isObserving } from './diagnosis.js'
import { adviceInWords, BE_ASKED, GET_PERMISSION } from './diagnosis-words.js'

/** What a diagnosis found about the machine, for programs. */
export type MachineFindingCode =
  | 'closed'
  | 'serviceLost'
  | 'observing'
  | 'denied'
  | 'asks'
  | 'noConfigurations'
  | 'nothingInRange'
  | 'holdersUnknown'
  | 'offline'

/** What a program can ask the system to do. `open` and `stop` refer to the configuration with the best permission. */
export type MachineAction = 'open' | 'stop' | 'scan' | 'recheck'

/** Whether a program may do something. */
export interface MachinePermission {
  readonly action: MachineAction
  readonly permission: Permission
  /** A sentence for people. */
  readonly says: string
}

/** The value of one of the manager's capabilities, and why. */
export interface CapabilityDiagnosis {
  readonly capability: keyof Capabilities
  readonly value: boolean
  /** A sentence for people. */
  readonly says: string
}

/** What this program can do on this machine, and the findings about it: plain data, frozen. */
export interface MachineDiagnosis {
  readonly service: 'ready' | 'lost'
  readonly updates: 'events' | 'polling'
  readonly permissions: readonly MachinePermission[]
  /** In the order of their names. */
  readonly capabilities: readonly CapabilityDiagnosis[]
  /** Managers with an equal scope have the same links. `null`: no other manager has them. Untrusted text. */
  readonly scope: string | null
  /** Whose holders of a link are counted (rule H2). `uncertain`: links stay up, because others may hold them (rule H3). */
  readonly holders: 'manager' | HolderSpan
  /** The configurations that sessions of this manager hold, by identifier, sorted. */
  readonly held: readonly string[]
  /** Problems first, notes last. */
  readonly findings: readonly Finding<MachineFindingCode>[]
}

/** Diagnoses the machine. Pure; never throws. */
export function diagnoseMachine(facts: DiagnosisFacts): MachineDiagnosis {
  const { world, span } = facts
  const capabilities = capabilitiesOf(world, span)
  const names = Object.keys(capabilities) as (keyof Capabilities)[]
  return Object.freeze({
    service: world.service,
    updates: world.updates,
    permissions: Object.freeze(ACTIONS.map((action) => permissionOf(action, world))),
    capabilities: Object.freeze(
      names.sort().map((capability) => {
        const value = capabilities[capability]
        return Object.freeze({ capability, value, says: CAPABILITY[capability](value, facts) })
      }),
    ),
    scope: world.scope,
    holders: world.scope === null ? 'manager' : span,
    held: Object.freeze([...facts.held].sort()),
    findings: Object.freeze(findingsOf(facts).map((finding) => Object.freeze(finding))),
  })
}

const ACTIONS: readonly MachineAction[] = ['open', 'stop', 'scan', 'recheck']

const DOES: Readonly<Record<MachineAction, string>> = {
  open: 'bring links up',
  stop: 'take links down',
  scan: 'scan for networks',
  recheck: 'request a connectivity check',
}

const WHY_NOT: Readonly<Record<MachineAction, string>> = {
  open: 'the backend does not support it, or the system does not grant this user the permission',
  stop: 'the backend does not support it, or the system does not grant this user the permission',
  scan: 'the backend does not support it, the system does not grant this user the permission, or there is no radio to scan with',
  recheck: 'the system does not check connectivity, or does not grant this user the permission',
}

function permissionOf(action: MachineAction, world: World): MachinePermission {
  const permission = permissionFor(action, world)
  return Object.freeze({ action, permission, says: sayPermission(action, permission, world) })
}

function permissionFor(action: MachineAction, { scan, recheck, configurations }: World): Permission {
  switch (action) {
    case 'open':
      return easiest(configurations.map(({ activate }) => activate))
    case 'stop':
      return easiest(configurations.map(({ deactivate }) => deactivate))
    case 'scan':
      return scan
    case 'recheck':
      return recheck
  }
}

/** The best of several permissions; `unknown` if there are none. */
function easiest(permissions: readonly Permission[]): Permission {
  const order: readonly Permission[] = ['yes', 'ask', 'unknown', 'no']
  return order.find((permission) => permissions.includes(permission)) ?? 'unknown'
}

function sayPermission(action: MachineAction, permission: Permission, world: World): string {
  switch (permission) {
    case 'yes':
      return `This program may ${DOES[action]}.`
    case 'no':
      return `This program cannot ${DOES[action]}: ${whyNot(action, world)}.`
    case 'ask':
      return `The system asks for permission before it lets this program ${DOES[action]}.`
    case 'unknown':
      return `Roamkit cannot determine whether this program may ${DOES[action]}.`
  }
}

function whyNot(action: MachineAction, world: World): string {
  const isControl = action === 'open' || action === 'stop'
  return isControl && isObserving(world) ? 'this backend only observes links' : WHY_NOT[action]
}

const CAPABILITY: Readonly<Record<keyof Capabilities, (value: boolean, facts: DiagnosisFacts) => string>> = {
  canStartAndStopInterfaces: (value, { world }) => {
    if (value) return 'Sessions can bring links up and take them down.'
    if (world.service === 'lost') return 'No link can be brought up while the network service is unavailable.'
    if (world.configurations.length === 0) return 'There are no configurations to bring up.'
    if (isObserving(world)) return 'This backend only observes links and cannot bring any up.'
    return 'There is no link that this program can both bring up and take down.'
  },
  directConnectionRouting: (value) =>
    value
      ? 'Sockets can be bound to one link, for example with @roamkit/sockets, while others are up.'
      : "The system's routes decide which link the traffic takes. A session does not change them.",
  systemSessionSupport: (value, { world, span }) => {
    if (value) return 'Holders of a link are counted across all processes of this machine.'
    if (world.scope === null) return 'Links are not shared: each manager counts only its own sessions.'
    if (span === 'uncertain')
      return 'Roamkit cannot determine whether other programs use a link, so links stay up.'
    return 'Holders of a link are counted in this process only: other processes may take it down.'
  },
  applicationLevelRoaming: (value) =>
    value
      ? 'Sessions on service networks ask the application before they roam to another link.'
      : 'There is no configuration to roam to.',
  forcedRoaming: (value) =>
    value
      ? 'Sessions on service networks roam to another link on their own.'
      : 'There is no configuration to roam to.',
  dataStatistics: (value) =>
    value
      ? 'Bytes sent and received are counted.'
      : 'The backend does not count the bytes that a link carries.',
  networkSessionRequired: (value) =>
    value
      ? 'Programs can use a link only in an open session.'
      : 'Programs can use a link without a session. A session keeps it up.',
  polling: (value) =>
    value
      ? 'The backend polls for changes, so they are reported with a delay.'
      : 'The system reports changes as they happen.',
}

function findingsOf({ world, isClosed, span }: DiagnosisFacts): Finding<MachineFindingCode>[] {
  if (isClosed)
    return [
      {
        code: 'closed',
        severity: 'problem',
        says: 'The manager is closed. This is the last known state.',
        advice: adviceInWords('closed'),
      },
    ]
  const findings: Finding<MachineFindingCode>[] = []
  const { configurations } = world
  if (world.service === 'lost')
    findings.push({
      code: 'serviceLost',
      severity: 'problem',
      says: 'The network service is unavailable. Everything else is the last known state.',
      advice: adviceInWords('serviceLost'),
    })
  if (configurations.length === 0)
    findings.push({
      code: 'noConfigurations',
      severity: 'warning',
      says: 'There are no configurations to open.',
      advice:
        'Scan for networks, or set up a connection in the system settings. Some connections may be private to another user.',
    })
  else findings.push(...controlFindings(world))
  if (configurations.length > 0 && configurations.every(({ inRange }) => inRange === false))
    findings.push({
      code: 'nothingInRange',
      severity: 'warning',
      says: 'Nothing is in range. Networking may be switched off, or all cables may be unplugged.',
      advice: 'Switch networking on in the system settings, switch airplane mode off, and check the cables.',
    })
  if (world.scope !== null && span === 'uncertain')
    findings.push({
      code: 'holdersUnknown',
      severity: 'warning',
      says: 'Roamkit cannot determine whether other programs use a link, so links stay up when sessions close.',
      advice:
        'In a container, run the program with the host network. Elsewhere, check that it may use abstract Unix sockets and loopback addresses, and that it has free file descriptors. To take down a link that you no longer need, call stop().',
    })
  if (!configurations.some(({ link, carrier, uplink }) => link === 'up' && carrier !== false && uplink))
    findings.push({
      code: 'offline',
      severity: 'warning',
      says: 'No uplink is up: this machine is offline.',
      advice: 'Open one of the configurations that can be opened.',
    })
  return findings
}

function controlFindings(world: World): Finding<MachineFindingCode>[] {
  if (isObserving(world))
    return [
      {
        code: 'observing',
        severity: 'warning',
        says: 'This backend only observes links and cannot bring any up.',
        advice: adviceInWords('notSupported'),
      },
    ]
  switch (easiest(world.configurations.map(({ activate }) => activate))) {
    case 'no':
      return [
        {
          code: 'denied',
          severity: 'warning',
          says: 'This program cannot bring links up: the backend does not support it, or the system does not grant this user the permission.',
          advice: GET_PERMISSION,
        },
      ]
    case 'ask':
      return [
        {
          code: 'asks',
          severity: 'note',
          says: 'The system asks for permission before it brings a link up.',
          advice: BE_ASKED,
        },
      ]
    case 'yes':
    case 'unknown':
      return []
  }
}
