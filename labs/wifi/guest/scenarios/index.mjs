// Everything that is played, in order.
import { cableAndRadio } from './cable-and-radio.mjs'
import { onConnman } from './connman.mjs'
import { inOneNetwork } from './in-one-network.mjs'
import { kindsOfLinks } from './kinds-of-links.mjs'
import { networks } from './networks.mjs'
import { roams } from './roams.mjs'
import { scanning } from './scanning.mjs'
import { withoutProfile } from './without-profile.mjs'

/**
 * @typedef {object} Scenario
 * @property {string} name
 * @property {string} [notOnStock] why it is left out on the stock kernel, where everything takes several times as long
 * @property {(scene: import('../scene.mjs').Scene) => Promise<void>} run
 */

/** @type {readonly Scenario[]} */
export const scenarios = [
  ...inOneNetwork,
  ...networks,
  ...withoutProfile,
  ...scanning,
  ...roams,
  ...cableAndRadio,
  ...kindsOfLinks,
  ...onConnman,
]
