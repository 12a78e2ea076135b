import { networkManager } from '@roamkit/backend-linux'
import { type ManagerOptions, NetworkConfigurationManager, type NetworkSession } from '@roamkit/core'
import { onTestFinished, vi } from 'vitest'

/** The lab's profiles, by link. */
export const PROFILE = {
  a: '00000000-aaaa-4bbb-8ccc-000000000000',
  b: '00000001-aaaa-4bbb-8ccc-000000000001',
  c: '00000002-aaaa-4bbb-8ccc-000000000002',
} as const

/** A manager on the lab's NetworkManager, closed when the test is over. */
export async function openHost(options: ManagerOptions = {}): Promise<NetworkConfigurationManager> {
  const manager = await NetworkConfigurationManager.open(networkManager(), options)
  onTestFinished(() => manager.close())
  return manager
}

/** What a session tells, in order, each with the time of `performance.now()`. */
export function listen(session: NetworkSession): { readonly words: string[]; readonly at: number[] } {
  const told = { words: [] as string[], at: [] as number[] }
  const note = (word: string) => {
    told.words.push(word)
    told.at.push(performance.now())
  }
  session.on('stateChanged', (state) => note(state))
  session.on('opened', () => note('opened'))
  session.on('closed', () => note('closed'))
  session.on('error', ({ code, reason }) => note(`error:${code}/${reason}`))
  return told
}

/** Waits for a condition; fails with what it says when it does not come about in time. */
export function until(holds: () => void | Promise<void>, timeout = 10_000): Promise<void> {
  return vi.waitFor(holds, { timeout, interval: 5 })
}
