/** An address of a host. */
export interface ResolvedAddress {
  readonly address: string
  readonly family: 4 | 6
}

/**
 * What a source of names knows about a name.
 *
 * - `noName`: the name does not exist, or has no address of the families that were asked for.
 * - `serverFailure`: the name servers answered that they could not find out.
 * - `noReply`: no name server answered.
 */
export type Outcome =
  | { readonly kind: 'found'; readonly addresses: readonly ResolvedAddress[] }
  | { readonly kind: 'noName' | 'serverFailure' | 'noReply' }
