import type { Epoch } from './epoch.js'
import { networkNamespace } from './kernel-files.js'
import { devicesOf, hasThisNamespace, isSameNetwork, readInterfaces } from './same-network.js'

/** What {@link NetworkCertainty} asks of its surroundings. */
export interface NetworkCertaintyPort {
  /** The present life of NetworkManager, `null` while it is away. */
  epoch(): Epoch | null
  /** Where the kernel shows its interfaces. */
  readonly sys: string
  readonly proc?: string
  log(event: string): void
}

/**
 * Whether this process has the network namespace of NetworkManager, so that whoever counts holders here counts those of the same
 * links (rule H3). Asked at each command, and cheap: a certain yes is kept for that NetworkManager and while this process stays in
 * its namespace; everything else is looked at again.
 */
export class NetworkCertainty {
  readonly #port: NetworkCertaintyPort
  #sure: { readonly epoch: Epoch; readonly namespace: string } | null = null
  #reported: boolean | null = null

  /** @param port nothing is asked before {@link isCertain} */
  constructor(port: NetworkCertaintyPort) {
    this.#port = port
  }

  /** `false` where it is another namespace, and where nothing tells. Synchronous, never throws. */
  isCertain(): boolean {
    const certain = this.#check()
    if (certain !== this.#reported && !certain)
      this.#port.log("holders: this network may be another one than NetworkManager's")
    this.#reported = certain
    return certain
  }

  #check(): boolean {
    const namespace = networkNamespace()
    if (namespace === null) return false
    const epoch = this.#port.epoch()
    // While NetworkManager is away no link is brought up or taken down: what was true last is told.
    if (epoch === null || this.#sure?.epoch === epoch) return this.#sure?.namespace === namespace
    const { sys, proc } = this.#port
    const certain =
      hasThisNamespace(epoch.servicePid, proc) ??
      isSameNetwork(devicesOf(epoch.mirror), readInterfaces(sys, proc))
    this.#sure = certain ? { epoch, namespace } : null
    return certain
  }
}
