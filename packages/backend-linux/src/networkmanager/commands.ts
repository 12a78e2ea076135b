import { deferred, eitherSignal, orAborted, waitAtMost } from '@roamkit/core/backend-kit'
import { type Activate, BackendError, type Call } from '@roamkit/core/contract'
import { type BusWait, PROPERTIES } from '../bus/bus-port.js'
import { flag, number, type Properties, text } from '../bus/property.js'
import { isMissingObject } from '../service-errors.js'
import { type CommandContext, limitedWait, requireConfiguration } from './command-context.js'
import type { Epoch } from './epoch.js'
import { activeFrom, addAndActivate } from './network-commands.js'
import { translateErrors } from './objects/failure.js'
import { ACTIVE, DEVICE, MANAGER_PATH, NM, PROFILE, WIRELESS } from './objects/names.js'
import { currentActive } from './translate/active-choice.js'
import { deviceFor } from './translate/configuration.js'
import { activeOf, WIFI_DEVICES } from './translate/keys.js'
import { linkPhase } from './translate/link-facts.js'

/** A flag of a profile (`NMSettingsConnectionFlags`): it is removed when it is no longer active. */
const VOLATILE = 0x4

/** How long a scan may take, in milliseconds, before it counts as done: drivers do not always report the end of one. */
const SCAN_BOUND = 15_000

/** `NMDeviceState` of a device that cannot scan: unmanaged, or unavailable because its radio is off. */
const UNABLE: ReadonlySet<number> = new Set([10, 20])

/**
 * `Manager.ActivateConnection`, or for a network without a profile `AddAndActivateConnection2`. Resolves to the activation's id once NetworkManager
 * has accepted. If the profile is up or on its way up, resolves to the activation that it has. There is no deadline but the caller's: an answer
 * that comes late is an activation all the same. The activation is not bound to our D-Bus connection, so it outlives this process.
 */
export async function activate(context: CommandContext, id: string, request: Activate): Promise<string> {
  const { epoch } = context
  const { name } = requireConfiguration(epoch, id)
  // A caller that stops waiting does not stop what is under way.
  return translateErrors(request, `cannot activate "${name}"`, 'ERR_ACTIVATION_FAILED', () =>
    orAborted(start(context, id, request), request.signal),
  )
}

async function start(context: CommandContext, id: string, { secret, signal }: Activate): Promise<string> {
  const { epoch } = context
  const unlimited: BusWait = { signal: epoch.over, deadline: null }
  await catchUpWithNews(epoch, unlimited)
  // A profile that another process has just made for a network shows its id only with its settings.
  if (requireConfiguration(epoch, id).profile === null) await epoch.untilSettingsAreRead()
  const known = requireConfiguration(epoch, id)
  const running = known.profile === null ? null : runningIn(epoch, known.profile)
  if (running !== null) return epoch.activation(running)
  await untilVolatileIsGone(context, known.profile)
  const named = requireConfiguration(epoch, id)
  const withdraw = secret === null ? null : await epoch.agent.answerFor(id, secret)
  try {
    // It may have waited for an old profile to go, and no longer be wanted.
    if (named.profile === null) signal.throwIfAborted()
    const active =
      named.profile === null
        ? await addAndActivate(epoch, named, unlimited)
        : await activateProfile(epoch, named, unlimited)
    if (withdraw !== null) withdrawAtEnd(epoch, { id, active }, withdraw)
    return epoch.markBegun(active)
  } catch (error) {
    withdraw?.()
    throw error
  }
}

/**
 * Waits until NetworkManager has removed the profile of a network whose link has just gone down. If it was activated now, it would not be volatile any
 * more, and stay when its link goes.
 */
async function untilVolatileIsGone(context: CommandContext, profile: string | null): Promise<void> {
  if (profile === null) return
  const { mirror, over } = context.epoch
  const isGoing = () => (number(mirror.read(profile, PROFILE), 'Flags') & VOLATILE) !== 0
  if (isGoing()) await until(context, { signal: over }, () => !isGoing())
}

async function activateProfile(
  epoch: Epoch,
  { profile, connection }: { readonly profile: string; readonly connection: Properties },
  unlimited: BusWait,
): Promise<string> {
  const device = text(connection, 'type') === 'vpn' ? null : deviceFor(profile, connection, epoch.facts)
  const args = { signature: 'ooo', body: [profile, device ?? '/', '/'] }
  const [active] = await epoch.call(MANAGER_PATH, NM, 'ActivateConnection', args, unlimited)
  return activeFrom(active)
}

/** The secrets of an activation are given until it has ended. It may have come and gone before the answer that names it was read. */
function withdrawAtEnd(
  epoch: Epoch,
  { id, active }: { readonly id: string; readonly active: string },
  withdraw: () => void,
): void {
  let wasSeen = epoch.facts.lastEndOf(id)?.activation === epoch.activation(active)
  const look = () => {
    const properties = epoch.mirror.read(active, ACTIVE)
    wasSeen ||= properties !== undefined
    if (!wasSeen || linkPhase(properties) !== 'down') return
    unwatch()
    withdraw()
  }
  const unwatch = epoch.watch(look)
  look()
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
  const { profile, name } = requireConfiguration(epoch, id)
  // A network whose profile is not known yet may have been activated a moment ago.
  const actives = profile === null ? epoch.mirror.pathsWith(ACTIVE) : epoch.facts.members(activeOf(profile))
  const running = [...actives].find((active) => epoch.activation(active) === activation)
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
  const { name } = requireConfiguration(epoch, id)
  if (flag(epoch.mirror.read(MANAGER_PATH, NM), 'ConnectivityCheckEnabled') !== true)
    throw new BackendError('ERR_NOT_SUPPORTED', 'connectivity checks are switched off in NetworkManager')
  await translateErrors(call, `cannot check the connectivity of "${name}"`, 'ERR_NOT_SUPPORTED', () =>
    epoch.call(MANAGER_PATH, NM, 'CheckConnectivity', null, limitedWait(context, call)),
  )
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
