import { deferred, eitherSignal, orAborted, waitAtMost } from '@roamkit/core/backend-kit'
import { type Activate, BackendError, type Call, type Clock } from '@roamkit/core/contract'
import type { BusWait } from './bus/bus-port.js'
import type { Epoch } from './epoch.js'
import { commandFailure, isMissingObject } from './networkmanager/failure.js'
import { ACTIVE, DEVICE, MANAGER_PATH, NM, PROPERTIES, SETTINGS, WIRELESS } from './networkmanager/names.js'
import { flag, number, section, text } from './networkmanager/property.js'
import { currentActive } from './translate/active-choice.js'
import { deviceFor } from './translate/configuration.js'
import { activeOf, WIFI_DEVICES } from './translate/keys.js'
import { linkPhase } from './translate/link-facts.js'

/** How long a scan may take, in milliseconds, before it counts as done: drivers do not always report the end of one. */
const SCAN_BOUND = 15_000

/** `NMDeviceState` of a device that cannot scan: unmanaged, or unavailable because its radio is off. */
const UNABLE: ReadonlySet<number> = new Set([10, 20])

/** What a command needs. */
export interface CommandContext {
  readonly epoch: Epoch
  /** Milliseconds. */
  readonly callTimeout: number
  readonly clock: Clock
}

/**
 * `Manager.ActivateConnection`. Resolves to the activation's id once NetworkManager has accepted. If the profile is up or on its way
 * up, resolves to the activation that it has. There is no deadline but the caller's: an answer that comes late is an activation all the
 * same. The activation is not bound to our D-Bus connection, so it outlives this process.
 */
export async function activate(context: CommandContext, id: string, request: Activate): Promise<string> {
  const { epoch } = context
  const { name } = requireProfile(epoch, id)
  // A caller that stops waiting does not stop what is under way.
  return translateErrors(request, `cannot activate "${name}"`, 'ERR_ACTIVATION_FAILED', () =>
    orAborted(start(epoch, id), request.signal),
  )
}

async function start(epoch: Epoch, id: string): Promise<string> {
  const unlimited: BusWait = { signal: epoch.over, deadline: null }
  await catchUpWithNews(epoch, unlimited)
  const { profile, connection } = requireProfile(epoch, id)
  const running = runningIn(epoch, profile)
  if (running !== null) return epoch.activation(running)
  const device = text(connection, 'type') === 'vpn' ? null : deviceFor(profile, connection, epoch.facts)
  const args = { signature: 'ooo', body: [profile, device ?? '/', '/'] }
  const [active] = await epoch.call(MANAGER_PATH, NM, 'ActivateConnection', args, unlimited)
  if (typeof active !== 'string')
    throw new BackendError('ERR_ACTIVATION_FAILED', 'NetworkManager did not answer with an activation')
  return epoch.markBegun(active)
}

/** The activation of a profile that is up or on its way up, otherwise `null`. */
function runningIn({ facts, mirror }: Epoch, profile: string): string | null {
  const active = currentActive(profile, facts)
  return active !== null && ['up', 'activating'].includes(linkPhase(mirror.read(active, ACTIVE)))
    ? active
    : null
}

/**
 * Calls any method of NetworkManager: its answer comes after all earlier signals. Without this, two processes that open a link one
 * after the other would activate it twice, and the second activation would take the link away from the first.
 */
async function catchUpWithNews(epoch: Epoch, unlimited: BusWait): Promise<void> {
  await epoch.call(MANAGER_PATH, PROPERTIES, 'Get', { signature: 'ss', body: [NM, 'State'] }, unlimited)
  epoch.over.throwIfAborted()
}

/**
 * `Manager.DeactivateConnection` of exactly that activation, even if the profile is also active on another device (rule T5). Resolves
 * once NetworkManager has accepted. No effect if the activation is superseded, over, or never existed.
 */
export async function deactivate(
  context: CommandContext,
  id: string,
  activation: string,
  call: Call,
): Promise<void> {
  const { epoch } = context
  const { profile, name } = requireProfile(epoch, id)
  const running = [...epoch.facts.members(activeOf(profile))].find(
    (active) => epoch.activation(active) === activation,
  )
  if (running === undefined) return
  if (linkPhase(epoch.mirror.read(running, ACTIVE)) === 'down') return
  await translateErrors(call, `cannot deactivate "${name}"`, 'ERR_ACTIVATION_FAILED', async () => {
    try {
      await epoch.call(
        MANAGER_PATH,
        NM,
        'DeactivateConnection',
        { signature: 'o', body: [running] },
        limitedWait(context, call),
      )
    } catch (error) {
      // It ended by itself in the meantime, which is what the caller wants.
      if (!isMissingObject(error)) throw error
    }
  })
}

/** `Device.Wireless.RequestScan` on every Wi-Fi device that can scan. Resolves when all of them report a new `LastScan`, at most 15 s later. */
export async function scan(context: CommandContext, call: Call): Promise<void> {
  const { epoch } = context
  epoch.world()
  const all = [...epoch.facts.members(WIFI_DEVICES)]
  const able = all.filter((device) => !UNABLE.has(number(epoch.mirror.read(device, DEVICE), 'State')))
  // If none can, NetworkManager says why.
  const devices = able.length > 0 ? able : all
  if (devices.length === 0)
    throw new BackendError('ERR_NOT_SUPPORTED', 'there is no Wi-Fi device to scan with')
  await Promise.all(
    devices.map((device) =>
      translateErrors(call, 'cannot scan', 'ERR_NOT_SUPPORTED', async () => {
        const before = lastScan(epoch, device)
        await epoch.call(
          device,
          WIRELESS,
          'RequestScan',
          { signature: 'a{sv}', body: [{}] },
          limitedWait(context, call),
        )
        await until(context, call, () => lastScan(epoch, device) !== before)
      }),
    ),
  )
}

/** `Manager.CheckConnectivity`, which checks every link. Resolves when NetworkManager has the result. */
export async function recheck(context: CommandContext, id: string, call: Call): Promise<void> {
  const { epoch } = context
  const { name } = requireProfile(epoch, id)
  if (flag(epoch.mirror.read(MANAGER_PATH, NM), 'ConnectivityCheckEnabled') !== true)
    throw new BackendError('ERR_NOT_SUPPORTED', 'connectivity checks are switched off in NetworkManager')
  await translateErrors(call, `cannot check the connectivity of "${name}"`, 'ERR_NOT_SUPPORTED', () =>
    epoch.call(MANAGER_PATH, NM, 'CheckConnectivity', null, limitedWait(context, call)),
  )
}

function requireProfile(epoch: Epoch, id: string) {
  const profile = epoch.profile(id)
  if (profile === null)
    throw new BackendError('ERR_UNKNOWN_CONFIGURATION', `NetworkManager has no connection "${id}"`)
  const connection = section(epoch.mirror.read(profile, SETTINGS), 'connection')
  return { profile, connection, name: text(connection, 'id') }
}

function limitedWait(context: CommandContext, call: Call): BusWait {
  return { signal: call.signal, deadline: context.callTimeout }
}

async function translateErrors<T>(
  call: Call,
  what: string,
  otherwise: BackendError['code'],
  run: () => Promise<T>,
): Promise<T> {
  try {
    return await run()
  } catch (error) {
    if (error instanceof BackendError || (call.signal.aborted && error === call.signal.reason)) throw error
    throw commandFailure(error, what, otherwise)
  }
}

function lastScan(epoch: Epoch, device: string): number {
  return number(epoch.mirror.read(device, WIRELESS), 'LastScan')
}

/** Resolves when the condition holds after some signal, or after {@link SCAN_BOUND}. */
async function until({ epoch, clock }: CommandContext, call: Call, condition: () => boolean): Promise<void> {
  const held = deferred()
  const unwatch = epoch.watch(() => {
    if (condition()) held.resolve()
  })
  const either = eitherSignal(call.signal, epoch.over)
  try {
    await waitAtMost(clock, SCAN_BOUND, either.signal, ({ signal }) => orAborted(held.promise, signal))
  } finally {
    unwatch()
    either.release()
  }
}
