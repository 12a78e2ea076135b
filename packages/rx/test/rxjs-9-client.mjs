// Runs in its own process, because RxJS 9 adds an Observable to a platform that has none.
import 'rxjs-9'
import { mock, VirtualClock } from '@roamkit/backend-mock'
import { NetworkConfigurationManager } from '@roamkit/core'
import { map } from 'rxjs-9/map'
import { take } from 'rxjs-9/take'

const { Observable } = /** @type {any} */ (globalThis)
const clock = new VirtualClock()
const driver = mock({ configurations: [{ id: 'a', link: 'up' }] })
const manager = await NetworkConfigurationManager.open(driver, { clock })

const flags = Observable.from(manager)[map]((/** @type {any} */ { isOnline }) => isOnline)
const all = flags.toArray()
const two = flags[take](2).toArray()
await clock.flush()
driver.world.down('a')
await clock.flush()
driver.world.up('a')
await clock.flush()
await manager.close()
console.log(JSON.stringify([await all, await two]))
