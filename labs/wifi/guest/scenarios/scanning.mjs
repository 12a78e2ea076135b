// The laws of the conformance kit about scans: only where there is Wi-Fi can NetworkManager be judged by them.
import { networkManager } from '@roamkit/backend-linux'
import { laws, verdict } from '@roamkit/conformance'
import { setInRange } from '../air.mjs'
import { nmcli, withoutProfiles } from '../machine.mjs'
import { until } from '../programs.mjs'
import { TOO_SLOW } from './why.mjs'

const SSID = 'lab-guest'
/** Made from the SSID and the class of security (rule N1). */
const ID = '6c8bccc6-65c0-538c-818c-d8bcf38683d0'
const JUDGED = ['scan-finds', 'scan-when-asked']

async function isForgotten() {
  await nmcli('device', 'wifi', 'rescan', 'ifname', 'wlan0').catch(() => '') // one is under way already
  const seen = await nmcli('--terse', '--fields', 'SSID', 'device', 'wifi', 'list', '--rescan', 'no')
  return !seen.split('\n').includes(SSID)
}

/** @type {import('@roamkit/conformance').Adapter} */
const adapter = {
  name: 'networkmanager',
  timeout: 60_000,
  waivers: laws
    .filter(({ id }) => !JUDGED.includes(id))
    .map(({ id }) => ({ law: id, reason: 'judged in the other lab' })),
  setup: () => ({
    driver: networkManager({ visibleNetworks: true }),
    controls: {
      /** The network is there again, and NetworkManager has not looked since. */
      async hide() {
        setInRange('guest', false)
        await until('NetworkManager has forgotten the network', isForgotten, { every: 5000 })
        setInRange('guest', true)
        return ID
      },
    },
  }),
}

/** @type {readonly import('./index.mjs').Scenario[]} */
export const scanning = [
  {
    name: 'the laws of scanning',
    notOnStock: TOO_SLOW,
    run: (scene) =>
      withoutProfiles(SSID, async () => {
        for (const { law, outcome, reason } of await verdict(adapter))
          if (JUDGED.includes(law)) scene.note(`> ${law}: ${outcome}${reason ? `, ${reason}` : ''}`)
      }),
  },
]
