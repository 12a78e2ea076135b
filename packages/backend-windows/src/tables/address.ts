const IPV4 = 2
const IPV6 = 23

/** The address in a `sockaddr`, as text; `null` for families other than IP. Ignores padding and ports. */
export function addressText(sockaddr: Uint8Array): string | null {
  const family = (sockaddr[0] ?? 0) | ((sockaddr[1] ?? 0) << 8)
  if (family === IPV4 && sockaddr.length >= 8) return sockaddr.subarray(4, 8).join('.')
  if (family === IPV6 && sockaddr.length >= 24) return ipv6Text(sockaddr.subarray(8, 24))
  return null
}

/** The text of an address of 4 or 16 bytes. */
export function bareAddressText(bytes: Uint8Array): string | null {
  if (bytes.length === 4) return bytes.join('.')
  return bytes.length === 16 ? ipv6Text(bytes) : null
}

/** The family of an address in text. */
export function familyOf(address: string): 'ipv4' | 'ipv6' {
  return address.includes(':') ? 'ipv6' : 'ipv4'
}

/** The canonical text of RFC 5952: it leaves out the longest run of two or more zero groups, the first one of equals. */
function ipv6Text(bytes: Uint8Array): string {
  const groups = Array.from({ length: 8 }, (_, index) =>
    (((bytes[index * 2] ?? 0) << 8) | (bytes[index * 2 + 1] ?? 0)).toString(16),
  )
  let best = { start: 0, length: 1 }
  for (let start = 0; start < 8; start += 1) {
    let end = start
    while (groups[end] === '0') end += 1
    if (end - start > best.length) best = { start, length: end - start }
  }
  if (best.length < 2) return groups.join(':')
  return `${groups.slice(0, best.start).join(':')}::${groups.slice(best.start + best.length).join(':')}`
}

/** Lower-case hex pairs with colons; `null` if there are no bytes, or only zeros. */
export function hardwareAddressText(bytes: Uint8Array): string | null {
  if (bytes.every((byte) => byte === 0)) return null
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join(':')
}
