// A real Node-RED, whose user folder is the working directory: prints as JSON the types of the nodes that are installed there, and what the
// nodes of the example show until the session is connected.
import { once } from 'node:events'
import { copyFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { createRequire } from 'node:module'

const NAME = 'node-red-contrib-roamkit'

// Node-RED is a devDependency of the package in the repository; the nodes are those of the installation.
const fromRepository = createRequire(new URL(`../../packages/${NAME}/package.json`, import.meta.url))
const RED = fromRepository('node-red')

copyFileSync(`node_modules/${NAME}/examples/follow-the-network.json`, 'flows.json')
RED.init(createServer(), {
  ...{ userDir: process.cwd(), flowFile: 'flows.json', httpNodeRoot: false, uiPort: 0 },
  logging: { console: { level: 'off' } },
})
const shown = new Map()
const connected = new Promise((resolve) => {
  RED.runtime.events.on('node-status', ({ id, status = {} }) => {
    shown.set(id, status.text)
    if (status.text === 'connected: Desk') resolve(status)
  })
})
const started = once(RED.runtime.events, 'flows:started')
await RED.start()
await started
await connected
const sets = await RED.runtime.nodes.getNodeList({})
const own = sets.filter(({ module }) => module === NAME)
await RED.stop()
console.log(
  JSON.stringify({
    nodes: own.map(({ types, enabled, loaded, err }) => ({ types, enabled, loaded, err: err ?? null })),
    shown: Object.fromEntries(shown),
  }),
)
