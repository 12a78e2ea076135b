/**
 * What carries a link: the values of Qt's `QNetworkConfiguration::BearerType`, and the bearers that came later.
 * `cellular` is a link of unknown generation (rule T4); `unknown` also stands for a bearer that has no name here.
 */
export type Bearer =
  | 'unknown'
  | 'ethernet'
  | 'wlan'
  | '2G'
  | 'cdma2000'
  | 'wcdma'
  | 'hspa'
  | 'bluetooth'
  | 'wimax'
  | 'evdo'
  | 'lte'
  | '3G'
  | '4G'
  | '5G'
  | 'cellular'
  | 'wireguard'
  | 'vpn'
  | 'bridge'
  | 'bond'
  | 'vlan'
  | 'tunnel'

/** What a network is for (rule C1). */
export type Purpose = 'unknown' | 'public' | 'private' | 'serviceSpecific'
