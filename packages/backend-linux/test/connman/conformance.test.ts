import type { Adapter, Controls } from '@roamkit/conformance'
import { conformance } from '@roamkit/conformance'
import { it } from 'vitest'
import { connmanOver } from '../../src/connman/connman.js'
import { ManualClock } from '../manual-clock.js'
import { FakeConnman } from './fake-connman.js'
import { FakeService } from './fake-service.js'

const waived: Readonly<Record<string, string>> = {
  'ConnMan knows no link that may not be brought up or taken down':
    'activate-not-supported deactivate-not-supported',
  'the fake has no machine': 'traffic-fresh power-followed carrier-followed',
  'ConnMan stores a network only by connecting to it': 'save-stores storing-denied forget-unsaved',
  'only a whole program can show it': 'open-keeps-alive dispose-lets-exit',
  'ConnMan does not name activations, so holders are counted in one process':
    'holders-exclude holders-exclude-others holders-count holders-remember holders-die holders-stopping holders-abort holders-dispose',
}

/** The FAKE ConnMan, in virtual time. Each fixture begins with a cable connected, and a cable and two networks that can be. */
const adapter: Adapter = {
  name: 'connman on a fake',
  waivers: Object.entries(waived).flatMap(([reason, laws]) =>
    laws.split(' ').map((law) => ({ law, reason })),
  ),
  setup() {
    const connman = FakeConnman.typical()
    const clock = new ManualClock()
    return {
      driver: connmanOver(connman.connect, { sys: '/nowhere', visibleNetworks: true }),
      time: { clock, pass: (ms) => clock.advance(ms) },
      controls: controls(connman),
    }
  },
}

function controls(connman: FakeConnman): Controls {
  let count = 0
  const add = (options: Parameters<typeof FakeService.network>[2]) => {
    count += 1
    const service = FakeService.network(connman, `new ${count}`, options)
    connman.list(service)
    return service
  }
  const hiddenFromSight = new Map<string, FakeService>()
  const refuse = (member: string) => async (id: string) =>
    void connman.service(id).refusals.set(member, 'PermissionDenied')
  return {
    add: async () => add({ favorite: true }).id,
    remove: async (id) => {
      const service = connman.service(id)
      service.carryOut('Remove')
      connman.unlist(service)
    },
    rename: async (id, name) => connman.service(id).set('Name', name),
    linkUp: (id) => connman.service(id).connect(),
    linkDown: async (id) => void connman.service(id).disconnect(),
    async flap(id) {
      connman.service(id).disconnect()
      await connman.service(id).connect()
    },
    async setInRange(id, inRange) {
      const service = hiddenFromSight.get(id) ?? connman.service(id)
      hiddenFromSight.set(id, service)
      if (inRange) connman.list(service)
      else connman.unlist(service)
    },
    async nameDefault(id) {
      for (const other of connman.order) if (other.id !== id && other.isConnected) other.disconnect()
    },
    failNext: async (id) => void connman.service(id).next.push('fail connect-failed'),
    stallNext: async (id) => void connman.service(id).next.push('hang'),
    stallAccept: async () => connman.pause(),
    release: async () => connman.resume(),
    refuseUp: refuse('Connect'),
    refuseDown: refuse('Disconnect'),
    async needSecret() {
      const { id } = add({ key: 'correct horse' })
      return { id, right: { Passphrase: 'correct horse' }, wrong: { Passphrase: 'battery staple' } }
    },
    async hide() {
      const service = FakeService.network(connman, 'far away')
      connman.hidden.push(service)
      return service.id
    },
    loseService: async () => connman.changeOwner(null),
    restoreService: async () => connman.changeOwner(':1.6'),
  }
}

conformance(adapter, { test: (name, run) => it(name, run) })
