// A real Node-RED, whose user folder is the working directory: prints as JSON the types of the nodes that are installed there, and what the
// nodes of the example show until the session is connected.
import { once } from 'node:events'
import { copyFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { createRequire } from 'node:module'

const NAME = 'node-red-contrib-roamkit'

// Node-RED is a devDependency of the package in the repository; the nodes are those of the installation.
const fromRepository = createRequire(new URL(`../../packages/${NAME}/package.json`, import.meta.url))
/** @type {any} it has no types */
const RED = fromRepository('node-red')

copyFileSync(`node_modules/${NAME}/examples/follow-the-network.json`, 'flows.json')
RED.init(createServer(), {
  ...{ userDir: process.cwd(), flowFile: 'flows.json', httpNodeRoot: false, uiPort: 0 },
  logging: { console: { level: 'off' } },
})
/** @type {Map<string, string | undefined>} */
const shown = new Map()
const connected = new Promise((resolve) => {
  /** @param {{ id: string, status?: { text?: string } }} change */
  const note = ({ id, status: { text } = {} }) => {
    shown.set(id, text)
    if (text === 'connected: Desk') resolve(text)
  }
  RED.runtime.events.on('node-status', note)
})
const started = once(RED.runtime.events, 'flows:started')
await RED.start()
await started
await connected
/** @type {readonly { module: string, types: string[], enabled: boolean, err?: string }[]} */
const sets = await RED.runtime.nodes.getNodeList({})
await RED.stop()
const nodes = sets
  .filter(({ module }) => module === NAME)
  .map(({ types, enabled, err = null }) => ({ types, enabled, err }))
console.log(JSON.stringify({ nodes, shown: Object.fromEntries(shown) }))
