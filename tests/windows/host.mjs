import { windows } from '@roamkit/backend-windows'
import { NetworkConfigurationManager } from '@roamkit/core'
import { until } from './until.mjs'
import { dlls } from './windows-adapter.mjs'

/**
 * A manager on scripted Windows, closed when the test is over.
 *
 * @param {import('node:test').TestContext} context
 * @param {import('@roamkit/core').ManagerOptions} [options]
 * @param {{ visibleNetworks?: boolean }} [listing]
 */
export async function openHost(context, options = {}, { visibleNetworks = false } = {}) {
  const driver = windows({ libraries: dlls, interval: 100, visibleNetworks })
  const manager = await NetworkConfigurationManager.open(driver, options)
  context.after(() => manager.close())
  return manager
}

/** A configuration by its name. @param {NetworkConfigurationManager} manager @param {string} name */
export function named(manager, name) {
  const found = manager.allConfigurations().find((one) => one.name === name)
  if (found === undefined) throw new Error(`there is no configuration ${name}`)
  return found
}

/** What a session emits, in order. @param {import('@roamkit/core').NetworkSession} session @returns {string[]} */
export function listen(session) {
  /** @type {string[]} */
  const words = []
  session.on('stateChanged', (state) => words.push(state))
  session.on('opened', () => words.push('opened'))
  session.on('closed', () => words.push('closed'))
  session.on('error', ({ code, reason }) => words.push(`error:${code}/${reason}`))
  return words
}

/** Waits until a session has emitted exactly that. @param {string[]} words @param {string[]} wanted */
export async function expectWords(words, wanted) {
  await until(wanted.join(), () => wanted.every((word, index) => words[index] === word), {
    seen: () => words,
  })
}
