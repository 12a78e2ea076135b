import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { networkManager } from '@roamkit/backend-linux'
import { type ManagerOptions, NetworkConfigurationManager, type NetworkSession } from '@roamkit/core'
import { carrier, nm, portal } from '@roamkit/lab-linux'
import { expect, onTestFinished, vi } from 'vitest'

/** The lab's profiles, by link. */
export const PROFILE = {
  a: '00000000-aaaa-4bbb-8ccc-000000000000',
  b: '00000001-aaaa-4bbb-8ccc-000000000001',
  c: '00000002-aaaa-4bbb-8ccc-000000000002',
} as const

/** The built command line. */
export const CLI = fileURLToPath(import.meta.resolve('roamkit/package.json')).replace(
  'package.json',
  'dist/cli.js',
)

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

/** NetworkManager takes orders from nobody but root, until the test is over. */
export async function onlyRootMayControl(): Promise<void> {
  await nm.stop()
  await nm.start({ polkit: 'root-only' })
  onTestFinished(async () => {
    await nm.stop()
    await nm.start({ polkit: 'false' })
  })
}

/**
 * Waits for a condition; fails with what it says when it does not come about in time. NetworkManager has been seen to answer nothing for 15 s, on a
 * machine that ran the other labs as well.
 */
export function until(holds: () => void | Promise<void>, timeout = 30_000): Promise<void> {
  // What waits for something starts a process, as a rule: not two hundred times a second.
  return vi.waitFor(holds, { timeout, interval: holds instanceof AsyncFunction ? 50 : 5 })
}

const AsyncFunction = (async () => {}).constructor

/** Runs nmcli; resolves to what it printed. */
export async function nmcli(...args: string[]): Promise<string> {
  return (await promisify(execFile)('nmcli', args)).stdout
}

/** The state that NetworkManager itself tells of a profile. */
export async function activeState(profile: string): Promise<string> {
  const stdout = await nmcli('--terse', '--fields', 'NAME,STATE', 'connection', 'show', '--active')
  const line = stdout.split('\n').find((one) => one.startsWith(`${profile}:`))
  return line === undefined ? 'down' : line.slice(profile.length + 1)
}

/** The lab as every test finds it: lab-a up and known to lead somewhere, the others down, all cables plugged, no portal. */
export async function calm(): Promise<void> {
  await Promise.all(['a', 'b', 'c'].map((link) => carrier(link, 'up')))
  await portal('full')
  await untilSlowly(async () => {
    const states = await profileStates()
    const wrong = CALM.filter(([profile, state]) => states.get(profile) !== state)
    // What the test before left behind may still be going up or down, which makes nmcli fail.
    for (const [profile, state] of wrong)
      await nmcli('connection', state === '' ? 'down' : 'up', profile).catch(() => '')
    expect(wrong).toEqual([])
  })
  await untilSlowly(async () => expect(await checkedConnectivity('eth-a')).toBe('4 (full)'))
}

/** What nmcli says of the profiles in a calm lab; of one that is down, nothing. */
const CALM = [
  ['lab-b', ''],
  ['lab-c', ''],
  ['lab-a', 'activated'],
] as const

/** The state of each profile; empty: it is down. */
async function profileStates(): Promise<ReadonlyMap<string, string>> {
  const shown = await nmcli('--terse', '--fields', 'NAME,STATE', 'connection', 'show')
  return new Map(
    shown
      .trim()
      .split('\n')
      .map((line) => line.split(':') as [string, string]),
  )
}

/** For conditions that take a process each time. */
function untilSlowly(holds: () => Promise<void>): Promise<void> {
  return vi.waitFor(holds, { timeout: 20_000, interval: 100 })
}

/**
 * What NetworkManager says of a device after it has looked again: until then it may say what it found while the cable was out.
 */
async function checkedConnectivity(device: string): Promise<string> {
  await nmcli('networking', 'connectivity', 'check')
  const shown = await nmcli('--get-values', 'GENERAL.IP4-CONNECTIVITY', 'device', 'show', device)
  return shown.trim()
}
