import type { Clock } from '@roamkit/core/contract'
import type { LocalProcess } from './local-process.js'

/** How holders are counted. Times are in milliseconds. */
export interface SharedHoldersOptions {
  readonly clock: Clock
  /**
   * How long a command waits for the locks of links, all of them together, before it goes on without them, as if others held the link.
   * A command that waits in vain for one that takes the link down waits two seconds more.
   *
   * @defaultValue 10000
   */
  readonly lockTimeout?: number
  /**
   * How long a holder that leaves waits, at most, until those that stay remember whose the link is.
   *
   * @defaultValue 100
   */
  readonly handOverTimeout?: number
  /**
   * Whether every process that can use the links is counted here. Asked at each command. While it returns `false`, or throws, this process
   * behaves as if others held every link (rule H3).
   *
   * @defaultValue always `true`
   */
  readonly isCertain?: () => boolean
  /**
   * What others see as the name of this process.
   *
   * @defaultValue the base name of its program
   */
  readonly name?: string
  /**
   * For diagnosis.
   *
   * @defaultValue none
   */
  readonly log?: (event: string, detail?: object) => void
  /**
   * What the holders of one process share. Only tests that play several processes in one give each its own.
   *
   * @defaultValue one for all holders of this process
   */
  readonly process?: LocalProcess
}
