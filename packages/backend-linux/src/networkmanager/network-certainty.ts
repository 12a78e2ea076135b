import { networkNamespace } from '../kernel-files.js'
import type { Epoch } from './epoch.js'
import { devicesOf, hasThisNamespace, isSameNetwork, readInterfaces } from './same-network.js'

/** What {@link NetworkCertainty} needs to know. */
export interface NetworkCertaintyPort {
  /** The current life of NetworkManager; `null` while it is away. */
  epoch(): Epoch | null
  /** Where the kernel shows its interfaces. */
  readonly sys: string
  readonly proc?: string
  log(event: string): void
}

/**
 * Whether this process shares NetworkManager's network namespace, so that counting holders here counts those of the same links (rule
 * H3). Asked at each command, and cheap: a certain yes holds for that NetworkManager while this process stays in its namespace.
 * Everything else is checked again.
 */
export class NetworkCertainty {
  readonly #port: NetworkCertaintyPort
  #sure: { readonly epoch: Epoch; readonly namespace: string } | null = null
  #reported: boolean | null = null

  /** @param port nothing is asked before {@link isCertain} */
  constructor(port: NetworkCertaintyPort) {
    this.#port = port
  }

  /** `false` if it is another namespace, or if that is unknown. Synchronous, never throws. */
  isCertain(): boolean {
    const certain = this.#check()
    if (certain !== this.#reported && !certain)
      this.#port.log("holders: this process might not share NetworkManager's network")
    this.#reported = certain
    return certain
  }

  #check(): boolean {
    const namespace = networkNamespace()
    if (namespace === null) return false
    const epoch = this.#port.epoch()
    // While NetworkManager is away no link is brought up or taken down, so the last answer still holds.
    if (epoch === null || this.#sure?.epoch === epoch) return this.#sure?.namespace === namespace
    const { sys, proc } = this.#port
    const certain =
      hasThisNamespace(epoch.servicePid, proc) ??
      isSameNetwork(devicesOf(epoch.mirror), readInterfaces(sys, proc))
    this.#sure = certain ? { epoch, namespace } : null
    return certain
  }
}
