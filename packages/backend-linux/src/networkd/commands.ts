import { orAborted } from '@roamkit/core/backend-kit'
import { type Activate, BackendError, type LinkConfiguration } from '@roamkit/core/contract'
import { errorTranslator } from '../service-errors.js'
import type { NetworkdEpoch } from './epoch.js'
import { MANAGER, MANAGER_PATH, NETWORKD, TITLE } from './names.js'

const translateErrors = errorTranslator({
  title: TITLE,
  codes: {
    [`${NETWORKD}.NoSuchLink`]: 'ERR_UNKNOWN_CONFIGURATION',
    [`${NETWORKD}.UnmanagedInterface`]: 'ERR_NOT_SUPPORTED',
  },
})

/**
 * `Manager.ReconfigureLink` of a link that is down. Resolves to the activation's id once networkd has accepted; if the link is up or on its way up, to
 * the activation that it has. There is no deadline but the caller's: an answer that comes late is an activation all the same.
 */
export async function activate(epoch: NetworkdEpoch, id: string, { signal }: Activate): Promise<string> {
  const index = requireLink(epoch, id)
  // A caller that stops waiting does not stop what is under way.
  return translateErrors({ signal }, `cannot bring up "${id}"`, 'ERR_ACTIVATION_FAILED', () =>
    orAborted(
      epoch.request(index, () => reconfigure(epoch, id, index)),
      signal,
    ),
  )
}

async function reconfigure(epoch: NetworkdEpoch, id: string, index: number): Promise<string> {
  // The snapshot may be old.
  await epoch.reread(index)
  const link = epoch.configuration(index)
  if (link?.id !== id) throw unknownConfiguration(id)
  if (link.activation !== null) return link.activation
  if (link.activate === 'no')
    throw new BackendError('ERR_NOT_SUPPORTED', `cannot bring up "${id}": ${obstacle(link)}`)
  await epoch.call(MANAGER_PATH, MANAGER, 'ReconfigureLink', { signature: 'i', body: [index] })
  return epoch.begin(index, link.name)
}

function obstacle({ inRange }: LinkConfiguration): string {
  return inRange === false ? 'it has no carrier' : 'its ActivationPolicy= leaves that to others'
}

/**
 * Rejects with `ERR_NOT_SUPPORTED` while that activation lasts: networkd has no method on the bus that takes a link down (`networkctl down` asks the
 * kernel itself, which needs `CAP_NET_ADMIN`). No effect if the activation is over.
 */
export function deactivate(epoch: NetworkdEpoch, id: string, activation: string): void {
  const link = epoch.configuration(requireLink(epoch, id))
  if (link?.activation === activation) throw notSupported(`take down "${id}" over D-Bus`)
}

/** Rejects: networkd checks the connectivity of no link. */
export function recheck(epoch: NetworkdEpoch, id: string): void {
  requireLink(epoch, id)
  throw notSupported(`check the connectivity of "${id}"`)
}

/** Rejects: networks are the affair of wpa_supplicant or iwd. */
export function scan(): void {
  throw notSupported('scan')
}

function requireLink(epoch: NetworkdEpoch, id: string): number {
  const index = epoch.find(id)
  if (index === null) throw unknownConfiguration(id)
  return index
}

function unknownConfiguration(id: string): BackendError {
  return new BackendError('ERR_UNKNOWN_CONFIGURATION', `${TITLE} manages no "${id}"`)
}

function notSupported(what: string): BackendError {
  return new BackendError('ERR_NOT_SUPPORTED', `${TITLE} does not ${what}`)
}
