import { networkd as driver } from '@roamkit/backend-linux'
import { type ManagerOptions, NetworkConfigurationManager } from '@roamkit/core'
import { carrier, dhcp, info, linkDown, linkState, linkUp, networkd, status } from '@roamkit/lab-networkd'
import { onTestFinished } from 'vitest'

/** A manager on the lab's networkd, closed when the test is over. */
export async function openHost(options: ManagerOptions = {}): Promise<NetworkConfigurationManager> {
  const manager = await NetworkConfigurationManager.open(driver(), options)
  onTestFinished(() => manager.close())
  return manager
}

/** The lab as every test finds it: eth-a up, the others switched off, all cables plugged in. */
export async function calm(): Promise<void> {
  await repair()
  const [first, ...others] = info().links
  for (const { link, device } of others)
    if ((await linkState(device, 'OperationalState')) !== 'off') await linkDown(link)
  if (first && (await linkState(first.device, 'OperationalState')) !== 'routable') await linkUp(first.link)
}

/** Starts and resumes everything, and plugs in all cables. */
export async function repair(): Promise<void> {
  if (status().networkd === null) await networkd.start()
  await networkd.resume()
  await dhcp.resume()
  await Promise.all(info().links.map(({ link }) => carrier(link, 'up')))
}

/** The ids of the lab's links. */
export const [A, B, C] = ['networkd:eth-a', 'networkd:eth-b', 'networkd:eth-c'] as const
