// Wi-Fi that ConnMan runs instead of NetworkManager.
import { connman } from '@roamkit/backend-linux'
import { NetworkConfigurationManager } from '@roamkit/core'
import { KEY, restartAir } from '../air.mjs'
import { nameProfile, withConnman } from '../machine.mjs'
import { run, until } from '../programs.mjs'
import { TOO_SLOW } from './why.mjs'

const SSID = 'lab-guest'

/** @type {readonly import('./index.mjs').Scenario[]} */
export const onConnman = [
  {
    name: 'ConnMan asks for a key',
    notOnStock: TOO_SLOW,
    run: (scene) =>
      withConnman(async () => {
        const driver = connman({ visibleNetworks: true })
        await until('ConnMan is there', () =>
          NetworkConfigurationManager.open(driver).then(
            (manager) => manager.close().then(() => true),
            () => false,
          ),
        )
        // It begins with its radios switched off.
        const wifi = [
          '--dest=net.connman',
          '/net/connman/technology/wifi',
          'net.connman.Technology.SetProperty',
        ]
        const call = ['--system', '--print-reply', ...wifi, 'string:Powered', 'variant:boolean:true']
        await until('its radio is on', () =>
          run('dbus-send', ...call).then(
            () => true,
            () => false,
          ),
        )
        // It blocks all radios of the machine until then, those of the access points, too.
        await restartAir()
        const manager = await NetworkConfigurationManager.open(driver)
        try {
          const find = () => manager.allConfigurations().find(({ name }) => name === SSID)
          await until(
            `${SSID} is in sight`,
            async () => {
              await manager.updateConfigurations()
              return find()?.is('discovered')
            },
            { every: 2000 },
          )
          const network = find()
          if (network === undefined) throw new Error(`${SSID} has disappeared`)
          nameProfile(network.identifier, network.name)
          scene.note(`> ${network.name} is ${network.isSaved ? 'saved' : 'not saved'}`)
          const session = manager.createSession(network, {
            secrets: async ({ fields, attempt }) => {
              scene.note(`> asked for ${fields.join()}, attempt ${attempt}`)
              return Object.fromEntries(fields.map((field) => [field, attempt === 1 ? 'not-the-key' : KEY]))
            },
          })
          scene.listen(manager, session)
          await session.open()
          await scene.seen('opened')
          scene.note(`> on ${session.interface?.name}`)
          await session.close()
          await until('the link is down', () => session.state === 'disconnected')
        } finally {
          await manager.close()
        }
      }),
  },
]
