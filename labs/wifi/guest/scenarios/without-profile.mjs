// A network that the machine sees and has no profile for: its key comes from the application.
import { KEY } from '../air.mjs'
import { withoutProfiles } from '../machine.mjs'
import { until } from '../programs.mjs'
import { TOO_SLOW } from './why.mjs'

const SSID = 'lab-guest'

/** @param {import('@roamkit/core').NetworkConfigurationManager} manager */
const find = (manager) => manager.allConfigurations().find(({ name }) => name === SSID)

/** The network, once NetworkManager has seen it. @param {import('@roamkit/core').NetworkConfigurationManager} manager */
async function visible(manager) {
  await until(`${SSID} is listed`, () => find(manager)?.is('discovered') ?? false)
  const network = find(manager)
  if (network === undefined) throw new Error(`${SSID} has disappeared`)
  return network
}

/** @type {readonly import('./index.mjs').Scenario[]} */
export const withoutProfile = [
  {
    name: 'a network without a profile',
    notOnStock: TOO_SLOW,
    run: (scene) =>
      withoutProfiles(SSID, async () => {
        const manager = await scene.open({ visibleNetworks: true })
        const network = await visible(manager)
        const isSaved = () => manager.configurationFromIdentifier(network.identifier).isSaved
        scene.note(`> ${network.name} is ${isSaved() ? 'saved' : 'not saved'}`)
        const session = manager.createSession(network, {
          secrets: async ({ configuration: { name }, fields, attempt }) => {
            scene.note(`> asked for the ${fields.join()} of ${name}, attempt ${attempt}`)
            return { psk: attempt === 1 ? 'not-the-key' : KEY }
          },
        })
        scene.listen(manager, session)
        await session.open()
        await scene.seen('opened')
        await manager.saveNetwork(network)
        await until('the network is saved', isSaved)
        scene.note('> saved')
        await session.close()
        await until('the link is down', () => !network.is('active') && session.state === 'disconnected')
        await session.open()
        scene.note('> open again, without a question')
        await manager.forgetNetwork(network)
        scene.note('> forgotten')
        await until('the network is forgotten', () => !isSaved() && !session.isOpen)
        // Before the lab gives the network its profile back, which is another configuration.
        await manager.close()
      }),
  },
  {
    name: 'a network whose key the application does not have',
    notOnStock: TOO_SLOW,
    run: (scene) =>
      withoutProfiles(SSID, async () => {
        const manager = await scene.open({ visibleNetworks: true })
        const session = manager.createSession(await visible(manager), { secrets: async () => null })
        scene.listen(manager, session)
        const { code, reason } = await session.open().then(
          () => ({ code: 'no', reason: 'error' }),
          (error) => error,
        )
        scene.note(`> open() rejects with ${code}/${reason}`)
        await manager.close()
      }),
  },
]
