// The gateway as a program: publishes a reading at an interval, and shows its numbers.
//   node src/main.js mqtts://broker.example [--topic T] [--every MS]   on this machine's networks
//   node src/main.js --mock [--every MS] [--pace MS]   on scripted networks that change, to a broker of its own; ends by itself
// The environment may have the broker's URL as MQTT_BROKER, and MQTT_USERNAME and MQTT_PASSWORD.
import { setTimeout as elapsed } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { mock } from '@roamkit/backend-mock'
import { acceptWhen, ignoreMetered, session$, snapshot$ } from '@roamkit/rx'
import { allUplinks, escapeText, NetworkConfigurationManager, platform } from 'roamkit'
import {
  auditTime,
  BehaviorSubject,
  combineLatest,
  distinctUntilChanged,
  filter,
  firstValueFrom,
  interval,
  map,
  Subject,
  Subscription,
  switchMap,
  takeUntil,
  tap,
} from 'rxjs'
import { startBroker } from './broker.js'
import { brokerAnswers } from './broker-answers.js'
import { gateway } from './gateway.js'
import { inWords, NOTHING } from './numbers.js'
import { MACHINE, playOutages } from './outages.js'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    mock: { type: 'boolean', default: false },
    topic: { type: 'string', default: 'readings' },
    every: { type: 'string', default: '200' },
    pace: { type: 'string', default: '3000' },
  },
})
const every = Number(values.every)
const pace = Number(values.pace)
const { MQTT_BROKER = '', MQTT_USERNAME: username, MQTT_PASSWORD: password } = process.env
const named = positionals[0] ?? MQTT_BROKER
if (!(every > 0 && pace > 0) || (!values.mock && named === '')) {
  console.error('usage: node src/main.js BROKER-URL | --mock  [--topic TOPIC] [--every MS] [--pace MS]')
  process.exit(2)
}

const script = values.mock ? mock({ configurations: MACHINE }) : null
const ownBroker = values.mock ? await startBroker() : null
const broker = ownBroker?.url ?? named
const mqtt = username === undefined ? {} : { username, password }
const manager = await NetworkConfigurationManager.open(script ?? platform())
manager.defineServiceNetwork(allUplinks)

/** No reading comes after this. */
const stop$ = new Subject()
/** Everything is delivered. */
const delivered$ = new Subject()
const numbers$ = new BehaviorSubject(NOTHING)
let line = ''

/** Asked before the session roams. */
const policies = [
  ignoreMetered(),
  // The broker must answer through the new link itself, whatever the default route is.
  acceptWhen((link, call) => link !== null && brokerAnswers(link, broker, call, mqtt)),
]

/** @param {import('roamkit').NetworkSession} session */
function work(session) {
  const uplink = gateway({
    session,
    reading$: interval(every).pipe(
      takeUntil(stop$),
      map(() => `${(20 + Math.random()).toFixed(2)} °C`),
    ),
    broker,
    topic: values.topic,
    mqtt,
  }).pipe(tap({ next: (now) => numbers$.next(now), complete: () => delivered$.next(null) }))
  const name = ({ activeConfiguration = '' }) => manager.configurationFromIdentifier(activeConfiguration).name
  return combineLatest([uplink, snapshot$(session)]).pipe(
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

// First: an error may come before subscribe() returns.
const running = new Subscription()
running.add(
  session$(manager, allUplinks.identifier, { keepOpen: true, policies })
    .pipe(
      map(({ session }) => session),
      distinctUntilChanged(),
      switchMap(work),
    )
    .subscribe({
      error(error) {
        console.error(`\n${escapeText(error.message)}`)
        process.exitCode = 1
        void close()
      },
    }),
)

let isEnding = false

/** What is in flight has two seconds to arrive. */
async function end() {
  if (isEnding) return
  isEnding = true
  const delivered = firstValueFrom(delivered$)
  stop$.next(null)
  await Promise.race([delivered, elapsed(2000)])
  show()
  await close()
}

async function close() {
  running.unsubscribe()
  await manager.close()
  await ownBroker?.close()
  console.log()
}

process.once('SIGINT', end).once('SIGTERM', end)
// The reader of its lines has gone.
process.stdout.on('error', end)

/** Resolves when the gateway has connected that many times. */
const connections = (/** @type {number} */ count) =>
  firstValueFrom(numbers$.pipe(filter((now) => now.connections >= count)))
if (script !== null) playOutages(script.world, pace, connections).then(end)
