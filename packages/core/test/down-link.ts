import type { LinkConfiguration } from '../src/contract/index.js'

/** A link that is down and in range: what tests are not about is as usual. */
export const DOWN_LINK: LinkConfiguration = {
  id: 'x',
  name: 'x',
  bearer: 'ethernet',
  purpose: 'unknown',
  saved: true,
  uplink: true,
  activate: 'yes',
  deactivate: 'yes',
  inRange: true,
  carrier: null,
  link: 'down',
  activation: null,
  ended: null,
  device: 'eth0',
  over: null,
  network: null,
  point: null,
  interface: null,
  proxy: null,
  wifi: null,
  signal: null,
  metered: null,
  connectivity: 'unknown',
  portal: null,
}
