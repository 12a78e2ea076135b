/** A difference between the fake and the recordings that is meant to be. */
export interface KnownDifference {
  /** The sequences that differ, as {@link import('./comparison.js').Sequences} calls them. */
  readonly key: RegExp
  readonly because: string
}

export const KNOWN_DIFFERENCES: readonly KnownDifference[] = [
  {
    key: /^AccessPoint\/\S+ AccessPoint\.Strength$/,
    because:
      'the kernel averages over what it has received, and reports less for the access point in use; in the fake, that is always 10 dB',
  },
  {
    key: /^AccessPoint\/\S+ hidden AccessPoint\.MaxBitrate$/,
    because: 'it depends on which of its frames the kernel has heard',
  },
  { key: /^Devices\/\S+ Device\.Wireless\.Bitrate$/, because: 'the fake does not negotiate rates' },
  {
    key: /^Devices\/\S+ Device\.Wireless\.LastScan$/,
    because:
      'the supplicant also looks around by its own schedule; the fake only when something is due to be found',
  },
  { key: /^IP6Config\/wlan0 /, because: 'the fake has no IPv6 addresses' },
]
