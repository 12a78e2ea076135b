import { BackendError, type Call } from '@roamkit/core/contract'
import { type BusWait, Variant } from '../bus/bus-port.js'
import { type CommandContext, limitedWait, type Named, requireConfiguration } from './command-context.js'
import type { Epoch } from './epoch.js'
import { translateErrors } from './objects/failure.js'
import { MANAGER_PATH, NM, PROFILE, SETTINGS_PATH, SETTINGS_SERVICE } from './objects/names.js'
import { isSimple, networkProfile, userName } from './objects/network-profile.js'
import { targetOf } from './translate/visible-network.js'

/** `NMSettingsAddConnection2Flags` and `NMSettingsUpdate2Flags` */
const TO_DISK = 0x1
const BLOCK_AUTOCONNECT = 0x20

/** A network without a profile. */
type Network = Extract<Named, { readonly profile: null }>

/**
 * `Manager.AddAndActivateConnection2` with a profile that is in memory only, goes with its link, and is not bound to our D-Bus connection. Resolves to
 * the path of the active connection.
 */
export async function addAndActivate(epoch: Epoch, named: Network, wait: BusWait): Promise<string> {
  requireSimple(named)
  const target = targetOf(named.key, epoch.facts)
  if (target === null) throw new BackendError('ERR_ACTIVATION_FAILED', `"${named.name}" is out of range`)
  epoch.keep(named.key)
  const options = { persist: new Variant('s', 'volatile'), 'bind-activation': new Variant('s', 'none') }
  const body = [profileOf(epoch, named), target.device ?? '/', target.accessPoint, options]
  const args = { signature: 'a{sa{sv}}ooa{sv}', body }
  const [, active] = await epoch.call(MANAGER_PATH, NM, 'AddAndActivateConnection2', args, wait)
  return activeFrom(active)
}

/** The answer to a request to activate. */
export function activeFrom(answer: unknown): string {
  if (typeof answer === 'string') return answer
  throw new BackendError('ERR_ACTIVATION_FAILED', 'NetworkManager did not answer with an activation')
}

/**
 * `Settings.Connection.Update2` with the flag to-disk, which stores a profile as it is, with the secret that NetworkManager has for it; for a
 * network without a profile `Settings.AddConnection2`. No effect on a profile that is stored (rule N6).
 */
export async function save(context: CommandContext, id: string, call: Call): Promise<void> {
  const { epoch } = context
  const named = requireConfiguration(epoch, id)
  if (isSaved(epoch, id)) return
  const wait = limitedWait(context, call)
  await translateErrors(call, `cannot save "${named.name}"`, 'ERR_NOT_SUPPORTED', async () => {
    if (named.profile === null) {
      requireSimple(named)
      // It has no key yet, so connecting by itself would only fail.
      const body = [profileOf(epoch, named), TO_DISK | BLOCK_AUTOCONNECT, {}]
      const args = { signature: 'a{sa{sv}}ua{sv}', body }
      await epoch.call(SETTINGS_PATH, SETTINGS_SERVICE, 'AddConnection2', args, wait)
      return
    }
    // No settings: those that it has.
    const args = { signature: 'a{sa{sv}}ua{sv}', body: [{}, TO_DISK, {}] }
    await epoch.call(named.profile, PROFILE, 'Update2', args, wait)
  })
}

/** `Settings.Connection.Delete`. A link in use goes down. No effect on what is not stored (rule N7). */
export async function forget(context: CommandContext, id: string, call: Call): Promise<void> {
  const { epoch } = context
  const { profile, name } = requireConfiguration(epoch, id)
  if (profile === null || !isSaved(epoch, id)) return
  await translateErrors(call, `cannot forget "${name}"`, 'ERR_NOT_SUPPORTED', () =>
    epoch.call(profile, PROFILE, 'Delete', null, limitedWait(context, call)),
  )
}

function isSaved(epoch: Epoch, id: string): boolean {
  return epoch.world().configurations.find((known) => known.id === id)?.saved ?? false
}

function requireSimple({ network, name }: Network): void {
  if (isSimple(network)) return
  throw new BackendError(
    'ERR_NOT_SUPPORTED',
    `"${name}" is an enterprise network: it needs a user name, a way to sign in and often a certificate, so set it up in the system settings`,
  )
}

/** If the user may not change the system, the profile is for this user alone. */
function profileOf(epoch: Epoch, { network }: Network): ReturnType<typeof networkProfile> {
  const isForAll = epoch.facts.situation.modifySystem === 'yes'
  return networkProfile(network, { owner: isForAll ? null : userName() })
}
