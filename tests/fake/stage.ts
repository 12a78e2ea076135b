import { networkManager } from '@roamkit/backend-linux'
import { type ManagerOptions, NetworkConfigurationManager } from '@roamkit/core'
import { inProcessHolders } from '@roamkit/core/testing'
import { FakeService, labWorld, type PrivateBus, VirtualClock } from '@roamkit/lab-fake-networkmanager'

/** Round trips without a message of others: then nothing is under way. */
const CALM = 2

type Machine = ReturnType<typeof labWorld>

/**
 * A fake NetworkManager on a real bus, in virtual time, that can die and come back. The access points and the cable outlive it. Time passes only
 * when a test advances the clock, and stands still while messages are under way: how fast this machine is has no effect.
 */
export class Stage {
  readonly #bus: PrivateBus
  readonly clock: VirtualClock
  #service!: FakeService
  #machine!: Machine

  private constructor(bus: PrivateBus) {
    this.#bus = bus
    this.clock = new VirtualClock(() => this.quiet())
  }

  static async open(bus: PrivateBus): Promise<Stage> {
    const stage = new Stage(bus)
    await stage.#start()
    return stage
  }

  get faults(): FakeService['faults'] {
    return this.#service.faults
  }

  get nm(): Machine['nm'] {
    return this.#machine.nm
  }

  get world(): Machine['world'] {
    return this.#machine.world
  }

  /** A manager with the built backend. */
  async manager(options: ManagerOptions = {}): Promise<NetworkConfigurationManager> {
    const driver = networkManager({ busAddress: this.#bus.address, sys: '/nowhere' })
    // Others of this machine are none of its business.
    const holders = inProcessHolders(new Map())
    return await NetworkConfigurationManager.open(driver, { clock: this.clock, holders, ...options })
  }

  /** Resolves when nothing is said any more. */
  async quiet(): Promise<void> {
    for (let calm = 0; calm < CALM; ) {
      const { traffic } = this.#service
      await this.#service.delivered()
      await this.#bus.ping()
      calm = this.#service.traffic === traffic ? calm + 1 : 0
    }
  }

  /** NetworkManager is gone, from one moment to the next. */
  async die(): Promise<void> {
    this.#service.die()
    await this.quiet()
  }

  /** Another NetworkManager, in the world as it is. It takes no links over. */
  async restart(): Promise<void> {
    this.#service.die()
    await this.#start(this.world)
    await this.quiet()
  }

  close(): void {
    this.#service.die()
  }

  async #start(world?: Machine['world']): Promise<void> {
    const { service, machine } = await FakeService.start(this.#bus.address, (outside) =>
      labWorld({ ...outside, clock: this.clock, ...(world !== undefined && { world }) }),
    )
    this.#service = service
    this.#machine = machine
  }
}
