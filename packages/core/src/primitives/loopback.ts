/** Whether an address, with or without a prefix length, is one of the machine itself wherever it is: 127.0.0.0/8 or ::1. */
export function isLoopback(address: string): boolean {
  return /^(::ffff:)?127\./i.test(address) || /^::1(\/|$)/.test(address)
}
