// The gateway as a program: sends a reading every so often, and shows its numbers.
//   node src/main.js HOST:PORT [--every MS]     on this machine's networks
//   node src/main.js --mock [--every MS] [--pace MS]   on a scripted network that changes, to a server of its own; ends by itself
import { parseArgs } from 'node:util'
import { mock } from '@roamkit/backend-mock'
import { acceptWhen, decideRoaming, ignoreMetered, session$, snapshot$ } from '@roamkit/rx'
import { allUplinks, NetworkConfigurationManager, platform, probe } from 'roamkit'
import { auditTime, combineLatest, distinctUntilChanged, interval, map, merge, switchMap, tap } from 'rxjs'
import { gateway } from './gateway.js'
import { lineConnection } from './line-connection.js'
import { startLineServer } from './line-server.js'
import { inWords } from './numbers.js'
import { MACHINE, playOutages } from './outages.js'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    mock: { type: 'boolean', default: false },
    every: { type: 'string', default: '200' },
    pace: { type: 'string', default: '3000' },
  },
})
const every = Number(values.every)
const pace = Number(values.pace)
const [, host = '', port = ''] = /^(.+):(\d+)$/.exec(positionals[0] ?? '') ?? []
if (!(every > 0 && pace > 0) || (!values.mock && host === '')) {
  console.error('usage: node src/main.js HOST:PORT | --mock  [--every MS] [--pace MS]')
  process.exit(2)
}

const script = values.mock ? mock({ configurations: MACHINE }) : null
const ownServer = values.mock ? await startLineServer() : null
const server = ownServer === null ? { host, port: Number(port) } : { host: '127.0.0.1', port: ownServer.port }
const manager = await NetworkConfigurationManager.open(script ?? platform())
manager.defineServiceNetwork(allUplinks)

/** The links of the script are not this machine's: nothing can be sent from their addresses. */
const addressOf = (/** @type {import('roamkit').LinkInterface | null} */ link) =>
  values.mock ? undefined : link?.addresses.find((address) => address.includes('.'))?.replace(/\/.*/, '')

/** @param {import('roamkit').NetworkSession} session */
function work(session) {
  const roaming = decideRoaming(
    session,
    ignoreMetered({ afterLoss: 'migrate' }),
    acceptWhen(async (link, call) => values.mock || (await probe(link, server, call)).ok),
  )
  const numbers = gateway({
    session,
    reading$: interval(every).pipe(map(() => `${(20 + Math.random()).toFixed(2)} °C`)),
    connect: (link) => lineConnection(server, addressOf(link)),
  })
  const name = ({ activeConfiguration = '' }) => manager.configurationFromIdentifier(activeConfiguration).name
  const shown = combineLatest([numbers, snapshot$(session)]).pipe(
    auditTime(100),
    tap(([now, snapshot]) => show(inWords(now, { state: snapshot.state, name: name(snapshot) }))),
  )
  return merge(roaming, shown)
}

/** One line that is written over, on a terminal; a line for each otherwise. @param {string} line */
function show(line) {
  if (process.stdout.isTTY) process.stdout.write(`\r\x1b[K${line}`)
  else console.log(line)
}

const running = session$(manager, allUplinks.identifier, { keepOpen: true })
  .pipe(
    map(({ session }) => session),
    distinctUntilChanged(),
    switchMap(work),
  )
  .subscribe({
    error(error) {
      console.error(`\n${error.message}`)
      process.exitCode = 1
      void end()
    },
  })

async function end() {
  running.unsubscribe()
  await manager.close()
  await ownServer?.close()
  console.log()
}

process.once('SIGINT', end).once('SIGTERM', end)
if (script !== null) playOutages(script.world, pace).then(end)
