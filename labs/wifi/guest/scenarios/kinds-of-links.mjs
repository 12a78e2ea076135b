// Sessions on links of other kinds than a cable and Wi-Fi, with the cable under them.
import { linkOf, withLink } from '../links.mjs'
import { cable, nmcli, profileOf, uuidOf } from '../machine.mjs'
import { until } from '../programs.mjs'
import { TOO_SLOW } from './why.mjs'

/** @typedef {import('../links.mjs').Kind} Kind */

/** What a link is, in words. @param {import('@roamkit/core').NetworkConfigurationManager} manager @param {string} identifier */
function describe(manager, identifier) {
  const { bearerType, isUplink, over } = manager.configurationFromIdentifier(identifier)
  const leads = isUplink ? 'an uplink' : 'no uplink'
  return `${bearerType}, ${leads}${over === null ? '' : `, over ${profileOf(over)}`}`
}

/** One that rides on the cable: without it, the session has lost its link. @param {Kind} kind @param {{ notOnStock?: string }} [options] @returns {import('./index.mjs').Scenario} */
const onTheCable = (kind, options = {}) => ({
  name: `a ${kind}`,
  ...options,
  run: async (scene) => {
    await cable('in')
    await withLink(kind, async () => {
      const manager = await scene.open()
      const session = manager.createSession(linkOf(kind))
      scene.listen(manager, session)
      await until(`${kind} can come up`, () => session.state === 'disconnected')
      await session.open()
      await scene.seen('opened')
      scene.note(`> ${describe(manager, linkOf(kind))}, on ${session.interface?.name}`)
      scene.note(
        `> listed: ${manager
          .allConfigurations()
          .map(({ name }) => name)
          .filter((name) => name.startsWith(kind))
          .join()}`,
      )
      scene.note('> the cable is pulled')
      await cable('out')
      await scene.seen('closed')
      await manager.close()
    })
  },
})

/** A tunnel: up with its base, and lost with it. @param {Kind} kind @returns {import('./index.mjs').Scenario} */
const overTheCable = (kind) => ({
  name: `${kind} over the cable`,
  notOnStock: TOO_SLOW,
  run: async (scene) => {
    await cable('in')
    await withLink(kind, async () => {
      await until('the cable is up', () =>
        nmcli('connection', 'up', uuidOf('cable')).then(
          () => true,
          () => false, // its carrier is not known yet
        ),
      )
      const manager = await scene.open()
      const session = manager.createSession(linkOf(kind))
      scene.listen(manager, session)
      await session.open()
      await scene.seen('opened')
      scene.note(
        `> ${describe(manager, linkOf(kind))}, on ${session.interface?.name} with ${session.interface?.addresses.find((one) => !one.startsWith('fe80:'))}`,
      )
      scene.note('> the cable is pulled')
      await cable('out')
      await scene.seen('closed')
      await manager.close()
    })
  },
})

/** @type {readonly import('./index.mjs').Scenario[]} */
export const kindsOfLinks = [
  onTheCable('bond'),
  onTheCable('bridge', { notOnStock: TOO_SLOW }),
  onTheCable('team', { notOnStock: TOO_SLOW }),
  onTheCable('vlan', { notOnStock: TOO_SLOW }),
  onTheCable('macvlan', { notOnStock: TOO_SLOW }),
  overTheCable('wireguard'),
  overTheCable('openvpn'),
  {
    name: 'a dummy',
    notOnStock: TOO_SLOW,
    run: (scene) =>
      withLink('dummy', async () => {
        const manager = await scene.open()
        const session = manager.createSession(linkOf('dummy'))
        scene.listen(manager, session)
        await session.open()
        scene.note(`> ${describe(manager, linkOf('dummy'))}, ${manager.isOnline ? 'online' : 'offline'}`)
        await session.close()
        await until('the link is down', () => session.state === 'disconnected')
        await manager.close()
      }),
  },
]
