import { waitAtMost } from '@roamkit/core/backend-kit'
import type { Activate } from '@roamkit/core/contract'
import type { BusWait } from '../bus/bus-port.js'
import { section, text } from '../bus/property.js'
import type { Answerer } from './agent.js'
import type { EndReason } from './end-reason.js'
import type { Epoch } from './epoch.js'
import { connmanError } from './failure.js'
import { MANAGER, MANAGER_PATH, SERVICE, SERVICE_ROOT } from './names.js'

/** How long another network may take to leave the device, in milliseconds. */
const DEPARTURE_TIMEOUT = 10_000

/** What ConnMan answers if it needs a secret and no agent could be asked, or the agent had none. */
const NO_SECRET: ReadonlySet<string | null> = new Set(['NotRegistered', 'PassphraseRequired'])

/**
 * Calls `Service.Connect` until ConnMan has connected or failed for good. Resolves to the activation; it may have ended by then. Rejects if ConnMan
 * refused before there was one. Nothing is left to do for a caller that stops waiting.
 */
export async function connect(epoch: Epoch, id: string, secret: Activate['secret']): Promise<string> {
  const { links, agent } = epoch
  const before = links.activation(id)
  // An activation that is under way asks the session that began it.
  const answerer = secret === null || agent.answersFor(id) ? null : await agent.answerFor(id, secret)
  const undoOpen = epoch.open(id)
  links.request(id)
  let reason: EndReason = { reason: 'other', native: null }
  try {
    const isOurs = await connectAgain(epoch, id, answerer)
    if (!isOurs) undoOpen()
    const activation = links.activation(id)
    if (activation !== null) return activation
  } catch (error) {
    const isAccepted = links.activation(id) !== before && links.activation(id) !== null
    const isSecretMissing = NO_SECRET.has(connmanError(error)) || answerer?.isExhausted === true
    if (!isAccepted && !isSecretMissing) throw error
    reason = reasonOf(error, isSecretMissing, answerer)
    return links.begin(id)
  } finally {
    if (answerer !== null) agent.release(answerer)
    epoch.settle(id, reason)
  }
  // Another program connects to it, and ConnMan still asks for its secret.
  await epoch.until(() => links.activation(id) !== null)
  return links.begin(id)
}

/** Resolves to `true` when ConnMan has connected, and to `false` if it was connected or connecting already. */
async function connectAgain(epoch: Epoch, id: string, answerer: Answerer | null): Promise<boolean> {
  const unlimited: BusWait = { signal: epoch.over, deadline: null }
  let lastAttempt = -1
  let hasWaited = false
  for (;;) {
    try {
      await epoch.call(SERVICE_ROOT + id, SERVICE, 'Connect', null, unlimited)
      return true
    } catch (error) {
      const name = connmanError(error)
      if (name === 'AlreadyConnected' || name === 'InProgress') return false
      if (name === 'OperationTimeout' && !hasWaited && isDeviceBusy(epoch, id)) {
        // ConnMan has begun to disconnect the network that has the device, and connects to no other in the same request.
        hasWaited = true
        await untilDeviceIsFree(epoch, id)
      } else if (mayAskAgain(epoch, id, answerer, lastAttempt)) {
        lastAttempt = answerer?.attempts ?? 0
        // ConnMan reports the error to the agent, and must have its answer first.
        await epoch.call(MANAGER_PATH, MANAGER, 'GetProperties', null)
      } else throw error
    }
  }
}

/** Whether ConnMan refused the key, and will ask for another one: it has asked since the last attempt, or had a key of its own. */
function mayAskAgain(epoch: Epoch, id: string, answerer: Answerer | null, lastAttempt: number): boolean {
  if (answerer === null || answerer.isExhausted || answerer.over.signal.aborted) return false
  return epoch.links.failure(id)?.reason === 'secretWrong' && answerer.attempts !== lastAttempt
}

function isDeviceBusy(epoch: Epoch, id: string): boolean {
  const device = deviceOf(epoch, id)
  return epoch.mirror.order.some(
    (other) => other !== id && deviceOf(epoch, other) === device && epoch.links.phase(other) !== 'down',
  )
}

function deviceOf(epoch: Epoch, id: string): string {
  return text(section(epoch.mirror.service(id), 'Ethernet'), 'Interface')
}

async function untilDeviceIsFree(epoch: Epoch, id: string): Promise<void> {
  await waitAtMost(epoch.clock, DEPARTURE_TIMEOUT, epoch.over, ({ signal }) =>
    epoch.until(() => !isDeviceBusy(epoch, id), signal),
  )
}

function reasonOf(error: unknown, isSecretMissing: boolean, answerer: Answerer | null): EndReason {
  const native = connmanError(error)
  if (isSecretMissing) {
    const isWrong = answerer !== null && answerer.attempts > 1
    return { reason: isWrong ? 'secretWrong' : 'secretMissing', native }
  }
  return { reason: native === 'OperationTimeout' ? 'timedOut' : 'other', native }
}
