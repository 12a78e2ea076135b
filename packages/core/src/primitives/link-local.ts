/** Whether an address reaches no further than its link: 169.254/16 or fe80::/10, with or without a prefix length. */
export function isLinkLocal(address: string): boolean {
  return address.startsWith('169.254.') || isIpv6LinkLocal(address)
}

/** Whether an address is in fe80::/10. */
export function isIpv6LinkLocal(address: string): boolean {
  return /^fe[89ab][\da-f]:/i.test(address)
}
