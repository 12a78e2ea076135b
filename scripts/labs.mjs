// The labs, as far as the scripts need to know them: what each wants installed, and why it cannot run here.
import * as linux from '../labs/linux/requirements.mjs'
import * as networkd from '../labs/networkd/requirements.mjs'
import { obstacle as wifiObstacle } from '../labs/wifi/requirements.mjs'
import * as windows from '../labs/windows/requirements.mjs'
import * as browser from '../tests/browser/requirements.mjs'
import * as terminal from '../tests/terminal/requirements.mjs'

/** @typedef {'linux' | 'networkd' | 'wifi' | 'windows' | 'browser' | 'terminal'} Lab */

/** @type {Record<Lab, { title: string, obstacle: () => string | null, wanted: () => string[] }>} wanted: Debian packages that are not here */
export const labs = {
  linux: {
    title: 'the Linux lab',
    obstacle: linux.obstacle,
    wanted: () => [...linux.missingPackages(), ...linux.optionalPackages()],
  },
  networkd: {
    title: 'the networkd lab',
    obstacle: networkd.obstacle,
    wanted: networkd.missingPackages,
  },
  // What it needs is unpacked when it runs, not installed.
  wifi: { title: 'the Wi-Fi lab', obstacle: wifiObstacle, wanted: () => [] },
  windows: { title: 'the Windows lab', obstacle: windows.obstacle, wanted: windows.missingPackages },
  browser: { title: 'the browser', obstacle: browser.obstacle, wanted: browser.missingPackages },
  terminal: { title: 'terminals and shells', obstacle: terminal.obstacle, wanted: terminal.missingPackages },
}

/** @type {readonly Lab[]} */
export const allLabs = ['linux', 'networkd', 'wifi', 'windows', 'browser', 'terminal']
