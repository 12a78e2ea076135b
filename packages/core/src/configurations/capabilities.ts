import type { Holders, World } from '../contract/index.js'

/** What this backend can do here and now (rule M4): derived from facts, never claimed. */
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
 * Among whom the holders of links are counted now (rule H2): the managers of this process, or all processes and users of the
 * machine. `uncertain`: it cannot be told whether all of them are, so that it is as if others held every link (rule H3).
 */
export type HolderSpan = 'process' | 'machine' | 'uncertain'

/** What it is with those who count. */
export function holderSpanOf({ span, certainty }: Pick<Holders, 'span' | 'certainty'>): HolderSpan {
  return span === 'machine' && certainty === 'uncertain' ? 'uncertain' : span
}

/**
 * The capabilities that a world has.
 * @param span among whom the holders of its links are counted
 */
export function capabilitiesOf(world: World, span: HolderSpan): Capabilities {
  const canStart =
    world.service === 'ready' &&
    world.configurations.some(({ activate, deactivate }) => activate !== 'no' && deactivate !== 'no')
  return Object.freeze({
    canStartAndStopInterfaces: canStart,
    directConnectionRouting: false,
    systemSessionSupport: world.scope !== null && span === 'machine',
    // Core roams by itself, wherever links can be brought up.
    applicationLevelRoaming: canStart,
    forcedRoaming: canStart,
    dataStatistics: world.statistics,
    networkSessionRequired: false,
    polling: world.updates === 'polling',
  })
}
