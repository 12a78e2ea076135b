// The gateway as a program: sends a reading every so often, and shows its numbers.
//   node src/main.js HOST:PORT [--every MS]     on this machine's networks
//   node src/main.js --mock [--every MS] [--pace MS]   on a scripted network that changes, to a server of its own; ends by itself
import { setTimeout as elapsed } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { mock } from '@roamkit/backend-mock'
import { acceptWhen, ignoreMetered, session$, snapshot$ } from '@roamkit/rx'
import { allUplinks, NetworkConfigurationManager, platform, probe } from 'roamkit'
import {
  auditTime,
  combineLatest,
  distinctUntilChanged,
  firstValueFrom,
  interval,
  map,
  Subject,
  switchMap,
  takeUntil,
  tap,
} from 'rxjs'
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

/** No reading comes after this. */
const stop$ = new Subject()
/** Everything is delivered. */
const delivered$ = new Subject()
let line = ''

/** The links of the script are not this machine's: nothing can be sent from their addresses. */
const addressOf = (/** @type {import('roamkit').LinkInterface | null} */ link) =>
  values.mock ? undefined : link?.addresses.find((address) => address.includes('.'))?.replace(/\/.*/, '')

/** Asked before the session roams. */
const policies = [
  ignoreMetered(),
  acceptWhen(async (link, call) => values.mock || (await probe(link, server, call)).ok),
]

/** @param {import('roamkit').NetworkSession} session */
function work(session) {
  const numbers = gateway({
    session,
    reading$: interval(every).pipe(
      takeUntil(stop$),
      map(() => `${(20 + Math.random()).toFixed(2)} °C`),
    ),
    connect: (link) => lineConnection(server, addressOf(link)),
  }).pipe(tap({ complete: () => delivered$.next(null) }))
  const name = ({ activeConfiguration = '' }) => manager.configurationFromIdentifier(activeConfiguration).name
  return combineLatest([numbers, snapshot$(session)]).pipe(
    tap(([now, snapshot]) => {
      line = inWords(now, { state: snapshot.state, name: name(snapshot) })
    }),
    auditTime(100),
    tap(() => show()),
  )
}

/** One line that is written over, on a terminal; a line for each otherwise. */
function show() {
  if (process.stdout.isTTY) process.stdout.write(`\r\x1b[K${line}`)
  else console.log(line)
}

const running = session$(manager, allUplinks.identifier, { keepOpen: true, policies })
  .pipe(
    map(({ session }) => session),
    distinctUntilChanged(),
    switchMap(work),
  )
  .subscribe({
    error(error) {
      console.error(`\n${error.message}`)
      process.exitCode = 1
      void close()
    },
  })

/** What is on its way gets two seconds to arrive. */
async function end() {
  const delivered = firstValueFrom(delivered$)
  stop$.next(null)
  await Promise.race([delivered, elapsed(2000)])
  show()
  await close()
}

async function close() {
  running.unsubscribe()
  await manager.close()
  await ownServer?.close()
  console.log()
}

process.once('SIGINT', end).once('SIGTERM', end)
if (script !== null) playOutages(script.world, pace).then(end)
