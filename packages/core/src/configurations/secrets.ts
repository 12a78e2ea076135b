import type { Call } from '../contract/index.js'
import type { NetworkConfiguration } from './network-configuration.js'

/** What the system asks for while it brings a link up. Plain data. */
export interface SecretsRequest {
  /** The access point that needs the secret: on a service network the child that is being brought up. */
  readonly configuration: NetworkConfiguration
  /** The names of the fields that are missing, as the system spells them: `psk` for the key of a Wi-Fi network. */
  readonly fields: readonly string[]
  /** 1 for the first question of an activation. More: the system refused the last answer. */
  readonly attempt: number
}

/**
 * Gives the secrets that the system asks for: from a keychain, or from a person (rules N3, N4). Resolves to a text for each field in
 * `request.fields`, or to `null` if there is none; then the activation ends with `secretMissing`. The signal aborts when the answer is no
 * longer wanted: the opening was cancelled, the link is up or has failed. `connectTimeout` bounds the activation together with its questions,
 * so raise it with `manager.setConnectTimeout()` if a person answers.
 */
export type SecretsProvider = (
  request: SecretsRequest,
  call: Call,
) => Promise<Readonly<Record<string, string>> | null>
