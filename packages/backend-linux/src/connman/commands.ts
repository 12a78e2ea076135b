import { deferred, orAborted } from '@roamkit/core/backend-kit'
import { type Activate, BackendError, type Call } from '@roamkit/core/contract'
import type { BusWait } from '../bus/bus-port.js'
import { isMissingObject } from '../service-errors.js'
import { needsSettings } from './configuration.js'
import { connect } from './connecting.js'
import type { Epoch } from './epoch.js'
import { connmanError, translateErrors } from './failure.js'
import { SERVICE, SERVICE_ROOT, TECHNOLOGY } from './names.js'

/** What a command needs. */
export interface CommandContext {
  readonly epoch: Epoch
  /** Milliseconds. */
  readonly callTimeout: number
}

/**
 * `Service.Connect`. Resolves to the activation's id when ConnMan shows that it works on the request, asks for a secret, or answers: it answers a
 * cable at once, and a Wi-Fi network or a VPN only when it is connected or has failed. If the service is connected or connecting, resolves to
 * the activation that it has. There is no deadline but the caller's.
 */
export async function activate(
  { epoch }: CommandContext,
  id: string,
  { secret, signal }: Activate,
): Promise<string> {
  const { name, service } = requireService(epoch, id)
  if (service !== undefined && needsSettings(id, service))
    throw new BackendError(
      'ERR_NOT_SUPPORTED',
      `"${name}" is an enterprise network: it needs a user name, a way to sign in and often a certificate, so set it up in a file for ConnMan`,
    )
  const call = { signal }
  // A caller that stops waiting does not stop what is under way.
  return translateErrors(call, `cannot activate "${name}"`, 'ERR_ACTIVATION_FAILED', () =>
    orAborted(start(epoch, id, secret), signal),
  )
}

function start(epoch: Epoch, id: string, secret: Activate['secret']): Promise<string> {
  const before = epoch.links.activation(id)
  const accepted = deferred<string>()
  const unwatch = epoch.watch(() => {
    const activation = epoch.links.activation(id)
    if (activation !== null && activation !== before) accepted.resolve(activation)
  })
  const answered = connect(epoch, id, secret)
  return Promise.race([accepted.promise, answered]).finally(unwatch)
}

/**
 * `Service.Disconnect`. Resolves when ConnMan has accepted. No effect if the activation is superseded, over, or never existed.
 */
export async function deactivate(
  context: CommandContext,
  id: string,
  activation: string,
  call: Call,
): Promise<void> {
  const { epoch } = context
  const { name } = requireService(epoch, id)
  if (epoch.links.activation(id) !== activation) return
  const undo = epoch.links.leave(id, activation)
  epoch.agent.takeBack(id)
  await translateErrors(call, `cannot deactivate "${name}"`, 'ERR_ACTIVATION_FAILED', async () => {
    try {
      await epoch.call(SERVICE_ROOT + id, SERVICE, 'Disconnect', null, limitedWait(context, call))
    } catch (error) {
      // It ended by itself in the meantime, or ConnMan was only asking for its secret.
      if (!isMissingObject(error) && connmanError(error) !== 'NotConnected') {
        // A caller that stops waiting does not stop what is under way.
        if (!call.signal.aborted) undo()
        throw error
      }
    }
    epoch.endIfDown(id)
  })
}

/** `Technology.Scan` on Wi-Fi. Resolves when ConnMan has the results. */
export async function scan(context: CommandContext, call: Call): Promise<void> {
  const { epoch } = context
  const technologies = epoch.mirror.powered('wifi')
  if (technologies.length === 0)
    throw new BackendError('ERR_NOT_SUPPORTED', 'there is no Wi-Fi device to scan with')
  await Promise.all(
    technologies.map((path) =>
      translateErrors(call, 'cannot scan', 'ERR_NOT_SUPPORTED', () =>
        epoch.call(path, TECHNOLOGY, 'Scan', null, limitedWait(context, call)),
      ),
    ),
  )
}

/** ConnMan has no request to check connectivity: it checks by itself. */
export async function recheck({ epoch }: CommandContext, id: string): Promise<void> {
  const { name } = requireService(epoch, id)
  throw new BackendError(
    'ERR_NOT_SUPPORTED',
    `ConnMan checks the connectivity of "${name}" by itself, and not on request`,
  )
}

/** Keeps what ConnMan has stored of a network that this program has opened. No effect on what is saved (rule N6). */
export async function save({ epoch }: CommandContext, id: string): Promise<void> {
  const { name, saved } = requireService(epoch, id)
  if (saved || epoch.keepStored(id)) return
  throw new BackendError('ERR_NOT_SUPPORTED', `ConnMan stores "${name}" only while it is connected to it`)
}

/** `Service.Remove`. A link in use goes down. No effect on what is not saved (rule N7). */
export async function forget(context: CommandContext, id: string, call: Call): Promise<void> {
  const { epoch } = context
  const { name, saved } = requireService(epoch, id)
  if (!saved) return
  const activation = epoch.links.activation(id)
  const undo = activation === null ? () => undefined : epoch.links.leave(id, activation)
  await translateErrors(call, `cannot forget "${name}"`, 'ERR_NOT_SUPPORTED', async () => {
    try {
      await epoch.call(SERVICE_ROOT + id, SERVICE, 'Remove', null, limitedWait(context, call))
    } catch (error) {
      if (!call.signal.aborted) undo()
      throw error
    }
  })
}

/** @throws `ERR_UNKNOWN_CONFIGURATION` */
function requireService(epoch: Epoch, id: string) {
  const known = epoch.world().configurations.find((one) => one.id === id)
  if (known === undefined)
    throw new BackendError('ERR_UNKNOWN_CONFIGURATION', `ConnMan has no service "${id}"`)
  return { name: known.name, saved: known.saved, service: epoch.mirror.service(id) }
}

/** Waits until the call is answered, the caller stops waiting, or `callTimeout` is over. */
function limitedWait(context: CommandContext, call: Call): BusWait {
  return { signal: call.signal, deadline: context.callTimeout }
}
