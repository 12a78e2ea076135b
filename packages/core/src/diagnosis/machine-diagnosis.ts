import { type Capabilities, capabilitiesOf, type HolderSpan } from '../configurations/capabilities.js'
import type { Permission, World } from '../contract/index.js'
import { type DiagnosisFacts, type Finding, isObserving } from './diagnosis.js'
import { adviceInWords, BE_ASKED, GET_PERMISSION } from './diagnosis-words.js'

/** What a diagnosis found about the host, for programs. */
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

/** What can be asked of the system; `open` and `stop` for the configuration of which it is easiest. */
export type MachineAction = 'open' | 'stop' | 'scan' | 'recheck'

/** Whether something can be asked of the system. */
export interface MachinePermission {
  readonly action: MachineAction
  readonly permission: Permission
  /** A sentence for people. */
  readonly says: string
}

/** What one of the manager's capabilities is, and why. */
export interface CapabilityDiagnosis {
  readonly capability: keyof Capabilities
  readonly value: boolean
  /** A sentence for people. */
  readonly says: string
}

/** How this host is to be used from here, and what is wrong with it: plain data, frozen. */
export interface MachineDiagnosis {
  readonly service: 'ready' | 'lost'
  readonly updates: 'events' | 'polling'
  readonly permissions: readonly MachinePermission[]
  /** In the order of their names. */
  readonly capabilities: readonly CapabilityDiagnosis[]
  /** Equal scope, same links; `null`: nobody else can have the same. Hostile. */
  readonly scope: string | null
  /** Among whom the holders of a link are counted (rule H2); `uncertain`: links stay up, for others may hold them (rule H3). */
  readonly holders: 'manager' | HolderSpan
  /** The configurations that sessions of this manager hold, by identifier, sorted. */
  readonly held: readonly string[]
  /** Problems first, notes last. */
  readonly findings: readonly Finding<MachineFindingCode>[]
}

/** How this host is to be used, and what is wrong with it. Pure; never throws. */
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
  scan: 'look for networks',
  recheck: 'have the way to the Internet checked',
}

const WHY_NOT: Readonly<Record<MachineAction, string>> = {
  open: 'the system does not allow it to this user',
  stop: 'the system does not allow it to this user',
  scan: 'the system does not allow it to this user, or there is no radio to look with',
  recheck: 'the system does not allow it to this user, or does not check at all',
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

/** What the best of several permissions is; of nothing nothing is known. */
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
      return `Before this program may ${DOES[action]}, the system asks somebody.`
    case 'unknown':
      return `Whether this program may ${DOES[action]}, only trying tells.`
  }
}

function whyNot(action: MachineAction, world: World): string {
  const isControl = action === 'open' || action === 'stop'
  return isControl && isObserving(world) ? 'this backend only watches the links' : WHY_NOT[action]
}

const CAPABILITY: Readonly<Record<keyof Capabilities, (value: boolean, facts: DiagnosisFacts) => string>> = {
  canStartAndStopInterfaces: (value, { world }) => {
    if (value) return 'Sessions can bring links up and take them down.'
    if (world.service === 'lost') return 'Nothing can be brought up while the network service is away.'
    if (world.configurations.length === 0) return 'There are no configurations that could be brought up.'
    if (isObserving(world)) return 'This backend watches the links and cannot bring any up.'
    return 'The system does not let this program bring any link up and take it down again.'
  },
  directConnectionRouting: (value) =>
    value
      ? 'Traffic can be sent through one link while others are up.'
      : "The system's routes decide which link traffic takes; a session does not change them.",
  systemSessionSupport: (value, { world, span }) => {
    if (value) return 'Who holds a link is counted across the processes of this machine.'
    if (world.scope !== null && span === 'uncertain')
      return 'This program cannot tell whether other programs use a link, so links stay up.'
    return 'Who holds a link is counted in this process only: other processes may take it down.'
  },
  applicationLevelRoaming: (value) =>
    value
      ? 'Sessions on service networks ask the application before they change to another link.'
      : 'No link can be brought up from here, so there is none to change to and no application is asked.',
  forcedRoaming: (value) =>
    value
      ? 'Sessions on service networks change to another link by themselves.'
      : 'No link can be brought up from here, so no session changes to another one.',
  dataStatistics: (value) =>
    value
      ? 'Bytes sent and received are counted.'
      : 'The backend cannot tell how many bytes a link has carried.',
  networkSessionRequired: (value) =>
    value
      ? 'Nothing can be sent without an open session.'
      : 'What is up can be used without a session; a session keeps it up.',
  polling: (value) =>
    value
      ? 'Changes are found by looking again and again, and are that much late.'
      : 'The system tells of changes as they happen.',
}

function findingsOf({ world, isClosed, span }: DiagnosisFacts): Finding<MachineFindingCode>[] {
  if (isClosed)
    return [
      {
        code: 'closed',
        severity: 'problem',
        says: 'The manager is closed: this is what it knew last.',
        advice: adviceInWords('closed'),
      },
    ]
  const findings: Finding<MachineFindingCode>[] = []
  const { configurations } = world
  if (world.service === 'lost')
    findings.push({
      code: 'serviceLost',
      severity: 'problem',
      says: 'The network service is away: everything else is as it was last known.',
      advice: adviceInWords('serviceLost'),
    })
  if (configurations.length === 0)
    findings.push({
      code: 'noConfigurations',
      severity: 'warning',
      says: 'There are no configurations: nothing that could be opened.',
      advice:
        'Look for networks, or set a connection up in the settings of the system; another user may have some that are theirs alone.',
    })
  else findings.push(...controlFindings(world))
  if (configurations.length > 0 && configurations.every(({ inRange }) => inRange === false))
    findings.push({
      code: 'nothingInRange',
      severity: 'warning',
      says: 'Nothing at all is in range: networking may be switched off as a whole, or every cable is out.',
      advice:
        'Switch networking on in the settings of the system, and airplane mode off; then check the cables.',
    })
  if (world.scope !== null && span === 'uncertain')
    findings.push({
      code: 'holdersUnknown',
      severity: 'warning',
      says: 'This program cannot tell whether other programs use a link, so links stay up when sessions close.',
      advice:
        'In a container, run the program with the network of the host. Elsewhere, check that it may use abstract unix sockets and loopback addresses, and has file descriptors left. What is no longer needed can be taken down with stop().',
    })
  if (!configurations.some(({ link, carrier, uplink }) => link === 'up' && carrier !== false && uplink))
    findings.push({
      code: 'offline',
      severity: 'warning',
      says: 'No link is up that leads to other networks: this host is offline.',
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
        says: 'This backend watches the links and cannot bring any up.',
        advice: adviceInWords('notSupported'),
      },
    ]
  switch (easiest(world.configurations.map(({ activate }) => activate))) {
    case 'no':
      return [
        {
          code: 'denied',
          severity: 'warning',
          says: 'The system does not let this program bring any link up; what is up can be opened.',
          advice: GET_PERMISSION,
        },
      ]
    case 'ask':
      return [
        {
          code: 'asks',
          severity: 'note',
          says: 'The system asks somebody before it brings a link up.',
          advice: BE_ASKED,
        },
      ]
    case 'yes':
    case 'unknown':
      return []
  }
}
