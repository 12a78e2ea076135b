// Captures what Windows's functions answer, as the readers decode it: the tests of the translation are about that.
// labs/windows/run packages/backend-windows/test/capture.mjs > packages/backend-windows/test/captured-tables.json
import { libraries as dlls, outside, world } from '@roamkit/lab-windows'
import {
  DirtyTables,
  IpReader,
  Libraries,
  NetworkList,
  NOTHING_READ,
  NotificationHealth,
  readTables,
  VpnEntries,
  WifiService,
} from '../dist/internals.js'

for (const line of [
  'adapter add Cable guid={11111111-1111-4111-8111-111111111111} mac=02:00:00:00:00:0c',
  'adapter add Wi-Fi type=wifi guid={22222222-2222-4222-8222-222222222222} mac=02:00:00:00:00:0f',
  'adapter add "Virtual Switch" type=virtual',
  'adapter add Tunnel type=tunnel',
  'wifi add Wi-Fi',
  'network add Home bssid=02:00:00:00:00:01 signal=71 security=wpa2 key=secret',
  'network add "Caf\\xe9" bssid=02:00:00:00:00:02 signal=42',
  'profile add Wi-Fi Home security=wpa2 key=secret',
  'profile add Wi-Fi Gone security=wpa3',
  'vpn add Office',
  'vpn connect Office',
  'place Home category=private cost=fixed',
  'connect Wi-Fi Home',
])
  world(line)
await outside('up eth0 10.9.0.2/24')

const { world: _script, ...paths } = dlls
const libraries = new Libraries(paths)
const iphlpapi = libraries.get('iphlpapi')
if (iphlpapi === null) throw new Error('there is no IP Helper')
const host = { clock: { now: () => 0, after: () => () => {} }, log() {}, changed() {} }
const quiet = { onHint() {}, onError() {} }
const service = new WifiService({
  libraries,
  health: new NotificationHealth(),
  host,
  onNote() {},
  onHint() {},
  onRetry() {},
  onError() {},
})
const networks = await NetworkList.open(libraries, quiet)
const vpn = await VpnEntries.open(libraries, quiet)
await new Promise((resolve) => setTimeout(resolve, 500))
const { tables } = await readTables(NOTHING_READ, new DirtyTables().addAll(), {
  ip: new IpReader(iphlpapi),
  networks,
  vpn,
  readsAccessPoints: true,
  wifi: () => service.reader(),
})
console.log(JSON.stringify(tables, null, 2))
await Promise.all([service.close(), networks?.close(), vpn?.close()])
