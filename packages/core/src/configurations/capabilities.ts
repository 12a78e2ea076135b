import type { Holders, World } from '../contract/index.js'

/** What this backend can do on this machine now (rule M4), derived from facts. */
export interface Capabilities {
  /** Some configuration can be brought up and taken down. */
  readonly canStartAndStopInterfaces: boolean
  /** Traffic can be sent through one link while others are up. */
  readonly directConnectionRouting: boolean
  /** Holders are counted across the processes of this machine (rule H2), and now it is certain that all of them are (rule H3). */
  readonly systemSessionSupport: boolean
  /** Sessions on service networks consult the application before they roam. */
  readonly applicationLevelRoaming: boolean
  /** Sessions on service networks roam by themselves. */
  readonly forcedRoaming: boolean
  /** `bytesReceived` and `bytesWritten` count. */
  readonly dataStatistics: boolean
  /** Nothing can be sent without an open session. */
  readonly networkSessionRequired: boolean
  /** Changes are found by looking again and again. */
  readonly polling: boolean
}

/**
 * Whose holders of links are counted now (rule H2): those of the managers of this process, or of all processes and users of the
 * machine. `uncertain`: it is unknown whether all of them are counted, so every link counts as held by others (rule H3).
 */
export type HolderSpan = 'process' | 'machine' | 'uncertain'

/** The span of an implementation of `Holders`, with its certainty. */
export function holderSpanOf({ span, certainty }: Pick<Holders, 'span' | 'certainty'>): HolderSpan {
  return span === 'machine' && certainty === 'uncertain' ? 'uncertain' : span
}

/**
 * The capabilities that a world has.
 * @param span among whom the holders of its links are counted
 */
export function capabilitiesOf(world: World, span: HolderSpan): Capabilities {
  const isReady = world.service === 'ready'
  const canStart =
    isReady &&
    world.configurations.some(({ activate, deactivate }) => activate !== 'no' && deactivate !== 'no')
  // Core itself roams: where no link can be brought up, between those that are up.
  const canRoam = isReady && world.configurations.length > 0
  return Object.freeze({
    canStartAndStopInterfaces: canStart,
    directConnectionRouting: world.directRouting === true,
    systemSessionSupport: world.scope !== null && span === 'machine',
    applicationLevelRoaming: canRoam,
    forcedRoaming: canRoam,
    dataStatistics: world.statistics,
    networkSessionRequired: false,
    polling: world.updates === 'polling',
  })
}
