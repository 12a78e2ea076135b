import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { bus, carrier, dhcp, nm, status } from '@roamkit/lab-linux'
import { until } from './host.js'

const run = promisify(execFile)

/** What NetworkManager's own client prints. */
export async function nmcli(...args: string[]): Promise<string> {
  return (await run('nmcli', args)).stdout
}

/** The state that NetworkManager itself tells of each profile that is not down, by the profile's name. */
export async function activeStates(): Promise<ReadonlyMap<string, string>> {
  const lines = await nmcli('--terse', '--fields', 'NAME,STATE', 'connection', 'show', '--active')
  return new Map(
    lines
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => line.split(':') as [string, string]),
  )
}

/** The lab as every storm finds and leaves it: everything runs, all cables plugged, lab-a up, the others down. */
export async function calmLab(): Promise<void> {
  await repairLab()
  await until(async () => {
    const states = await activeStates()
    for (const profile of states.keys()) if (profile !== 'lab-a') await takeDown(profile)
    if (states.get('lab-a') !== 'activated') await nmcli('connection', 'up', 'lab-a')
    else if (states.size > 1) throw new Error(`still up: ${[...states].join(' ')}`)
  })
}

async function takeDown(profile: string): Promise<void> {
  // What NetworkManager makes up for an interface that has addresses when it starts (`eth-b`) would be made up again.
  if (profile.startsWith('eth-')) await run('ip', ['address', 'flush', 'dev', profile])
  await nmcli('connection', 'down', profile)
}

/** NetworkManager waits six seconds for a lost cable, also while it starts; storms have no time for that. */
export async function hasten(): Promise<void> {
  await nm.stop()
  await nm.start({ carrierWait: 200 })
}

/** The opposite of {@link hasten}. */
export async function slowDown(): Promise<void> {
  await nm.stop()
  await nm.start({ carrierWait: 6000 })
}

/** Everything runs again and all cables are plugged; what is up stays up, what is down stays down. */
export async function repairLab(): Promise<void> {
  if (status().bus === null) {
    await nm.stop()
    await bus.start()
  }
  if (status().nm === null) await nm.start()
  await nm.resume()
  await dhcp.resume()
  for (const link of ['a', 'b', 'c']) await carrier(link, 'up')
}

/** What is done to the daemons, and undone. */
export interface Fault {
  readonly kind: string
  /** Whether clients see the service lost in between. */
  readonly isLoss: boolean
  strike(): Promise<void>
  repair(): Promise<void>
}

/** The faults of issue 3. A paused NetworkManager is still on the bus, so that nobody sees it lost. */
export const FAULTS: readonly Fault[] = [
  { kind: 'killed', isLoss: true, strike: nm.kill, repair: () => nm.start() },
  { kind: 'paused', isLoss: false, strike: pauseUntilMissed, repair: nm.resume },
  { kind: 'terminated', isLoss: true, strike: nm.stop, repair: () => nm.start() },
  {
    kind: 'restarted',
    isLoss: false,
    strike: async () => {
      await nm.stop()
      await nm.start()
    },
    repair: async () => undefined,
  },
  {
    kind: 'bus killed',
    isLoss: true,
    strike: bus.kill,
    repair: async () => {
      await nm.stop()
      await bus.start()
      await nm.start()
    },
  },
]

/** Paused for long enough that somebody noticed. */
async function pauseUntilMissed(): Promise<void> {
  await nm.pause()
  const ping = ['--system', '--print-reply', '--reply-timeout=100', '--dest=org.freedesktop.NetworkManager']
  const answered = await run('dbus-send', [
    ...ping,
    '/org/freedesktop',
    'org.freedesktop.DBus.Peer.Ping',
  ]).catch(() => null)
  if (answered !== null) throw new Error('a paused NetworkManager has answered')
}
