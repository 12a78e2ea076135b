import { BackendError, type LinkConfiguration } from '@roamkit/core/contract'
import { WinError } from '../ffi/numbers.js'
import { parseId } from '../links/configuration-id.js'
import type { ProfileOwner, WifiReader } from '../tables/wifi-reader.js'
import { profileXml } from '../wifi/network-profile.js'
import { keyField } from '../wifi/wifi-security.js'
import { type CommandContext, findNetwork } from './command-context.js'
import { notPossible, profileGone, refusal, serviceLost } from './command-errors.js'
import { isConnected, type WifiCommands } from './wifi-commands.js'

/**
 * Stores a network without a profile: for everybody or, if Windows denies that, for this user. `WlanSaveTemporaryProfile` stores the profile
 * of a link that is up, with its key. Other networks can be stored if they need no key. No effect on what is stored (rule N6).
 */
export async function save(context: CommandContext, configuration: LinkConfiguration): Promise<void> {
  const { id, name, saved } = configuration
  const what = `cannot save ${JSON.stringify(name)}`
  const target = parseId(id)
  if (saved || target?.kind !== 'wifi') return
  const { guid, profile } = target
  const network = findNetwork(context, target)
  if (network === null) throw profileGone(what)
  const phase = context.wifi.phase(guid, profile)
  if (phase === 'up' || phase === 'connected')
    await store(context, 'WlanSaveTemporaryProfile', what, (reader, who) =>
      reader.saveTemporary(guid, profile, who),
    )
  else if (keyField(network.security) === null)
    await store(context, 'WlanSetProfile', what, (reader, who) =>
      reader.setProfile(guid, profileXml(network, null), who),
    )
  else
    throw new BackendError(
      'ERR_NOT_SUPPORTED',
      `windows: ${what}: Windows stores a network with its key, and has the key only while the link is up: open it first`,
    )
  context.markDirty((dirty) => dirty.addWifi(guid, 'profiles', 'networks'))
  await context.whenRead()
}

async function store(
  context: CommandContext,
  call: string,
  what: string,
  run: (reader: WifiReader, who: ProfileOwner) => Promise<number>,
): Promise<void> {
  const reader = context.service.current
  if (reader === null) throw serviceLost(what)
  const forAll = await run(reader, 'everybody')
  const code = forAll === WinError.AccessDenied ? await run(reader, 'user') : forAll
  if (code !== WinError.Success) throw refusal(context, call, code, what, 'ERR_NOT_SUPPORTED')
}

/** `WlanDeleteProfile`. A link in use goes down. No effect on what is not stored (rule N7). */
export async function forget(
  context: CommandContext,
  commands: WifiCommands,
  configuration: LinkConfiguration,
): Promise<void> {
  const what = `cannot forget ${JSON.stringify(configuration.name)}`
  if (!configuration.saved) return
  const target = parseId(configuration.id)
  if (target?.kind !== 'wifi') throw notPossible(what, configuration)
  const { guid, profile } = target
  const { wifi, service, publish, markDirty, whenRead, tables } = context
  const reader = service.current
  if (reader === null) throw serviceLost(what)
  const isInUse = wifi.phase(guid, profile) !== 'down'
  wifi.recordDisconnect(guid, profile)
  const code = await reader.deleteProfile(guid, profile)
  wifi.settleDisconnect(guid, profile, code === WinError.Success ? 'accepted' : 'refused')
  if (code !== WinError.Success) throw refusal(context, 'WlanDeleteProfile', code, what, 'ERR_NOT_SUPPORTED')
  publish()
  markDirty((dirty) => dirty.addWifi(guid, 'connection', 'profiles', 'networks'))
  await whenRead()
  // Microsoft does not say that a connection ends with its profile.
  if (isInUse && isConnected(tables(), guid, profile)) await commands.disconnect(target, what)
}
