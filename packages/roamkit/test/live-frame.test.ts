import { readFileSync } from 'node:fs'
import { type MockConfiguration, mock, VirtualClock } from '@roamkit/backend-mock'
import { allUplinks, NetworkConfigurationManager } from '@roamkit/core'
import type { Clock, Holders } from '@roamkit/core/contract'
import { type HolderRegistry, inProcessHolders } from '@roamkit/core/testing'
import { expect, onTestFinished, test } from 'vitest'
import { liveFrame } from '../src/cli/live/live-frame.js'
import { Roams } from '../src/cli/live/roams.js'
import type { HeldLink } from '../src/cli/reports/held-links.js'
import { type MachineEvent, watchMachine } from '../src/cli/reports/machine-events.js'
import { COLOUR, PLAIN } from '../src/cli/terminal/paint.js'
import { textWidth } from '../src/cli/terminal/text-width.js'

/** What the live view shows of a mock network, in virtual time. */
async function viewOf(configurations: readonly MockConfiguration[]) {
  const clock = new VirtualClock()
  const registry: HolderRegistry = new Map()
  const driver = mock({
    scope: 'a machine',
    configurations,
    holders: () => holdersOfAProcess(registry, clock),
  })
  const manager = await NetworkConfigurationManager.open(driver, { clock })
  const events: MachineEvent[] = []
  const watch = watchMachine(manager, (event) => void (event.event === 'configuration' || events.push(event)))
  const roams = new Roams()
  onTestFinished(async () => {
    watch[Symbol.dispose]()
    await manager.close()
  })
  const frame = (rows = 24, columns = 100, paint = PLAIN) =>
    liveFrame({ manager, watch, roams, events }, { rows, columns }, { paint })
  /** The rows of the links in use. */
  const links = () => {
    const lines = frame()
    const head = lines.findIndex((line) => line.startsWith('LINK'))
    return head < 0 ? [] : lines.slice(head + 1, lines.indexOf('', head)).map((line) => line.split(/\s{2,}/))
  }
  return { clock, driver, frame, links }
}

/** Holders that say which process they are, as those of other processes do. */
function holdersOfAProcess(registry: HolderRegistry, clock: Clock): Holders {
  const holders = inProcessHolders(registry)
  const listed = holders.list.bind(holders)
  const joined = new Map<string, number>()
  const list = (scope: string, id: string) =>
    listed(scope, id).map((one) => {
      const since = joined.get(id) ?? clock.now()
      joined.set(id, since)
      return { ...one, pid: 1234, name: 'app', since }
    })
  return Object.assign(holders, { list, span: 'machine' as const })
}

const many = Array.from(
  { length: 30 },
  (_, index): MockConfiguration => ({
    id: `net-${index}`,
    name: `Network ${index} 東京 \u001b[2J`,
    bearer: 'wlan',
    signal: index,
    link: index < 8 ? 'up' : 'down',
  }),
)

test('it has as many lines as there are rows, none wider than the columns, whatever the size', async () => {
  const { driver, frame } = await viewOf(many)
  driver.world.carrier('net-1', false)
  for (const columns of [1, 5, 20, 33, 60, 80, 200])
    for (const rows of [0, 1, 2, 3, 5, 7, 8, 9, 10, 12, 24, 50, 100])
      for (const paint of [PLAIN, COLOUR]) {
        const lines = frame(rows, columns, paint)
        expect(lines).toHaveLength(rows)
        expect(lines.filter((line) => textWidth(line) > columns)).toEqual([])
      }
})

test('a list that is too long says how many more there are, and leaves room for the events', async () => {
  const { clock, driver, frame } = await viewOf(many)
  for (const id of ['net-1', 'net-2', 'net-3']) driver.world.carrier(id, false)
  await clock.advance(5000)
  const lines = frame(24)
  const more = lines.filter((line) => /^and \d+ more$/.test(line))
  expect(more).toHaveLength(2)
  const listed = lines.filter((line) => /WLAN/.test(line)).length
  expect(more[0]).toBe(`and ${many.length - listed} more`)
  expect(lines.filter((line) => /^\d\d:\d\d:\d\d/.test(line)).length).toBeGreaterThanOrEqual(4)
  expect(frame(60).filter((line) => /WLAN/.test(line))).toHaveLength(many.length)
})

test('nothing that a terminal obeys comes from outside', async () => {
  const { driver, frame } = await viewOf([{ id: 'a', name: 'a\u001b[2J\u202e\nb', link: 'up' }])
  driver.world.carrier('a', false)
  const lines = frame()
  expect(lines.filter((line) => line.includes('a\\u{1b}[2J\\u{202e}\\u{a}b'))).not.toHaveLength(0)
  expect(lines.join('')).not.toMatch(/[\p{Cc}\p{Cf}]/u)
})

test('without configurations it says so', async () => {
  const { frame } = await viewOf([])
  expect(frame()).toEqual(expect.arrayContaining(['no configurations', 'no link is in use']))
})

test('a session that roams is seen on both links, then on the new one', async () => {
  const { clock, driver, links } = await viewOf([
    { id: 'wifi', name: 'Café', bearer: 'wlan' },
    { id: 'cable', name: 'Cable', inRange: false },
  ])
  expect(links()).toEqual([])
  const application = await NetworkConfigurationManager.open(driver, { clock })
  const session = application.createSession(application.defineServiceNetwork(allUplinks))
  const opening = session.open()
  const seen: (readonly string[])[] = []
  const look = () => {
    const rows = links().map(([name, state, by, , roaming = '']) =>
      [name, state, by, roaming].join(' ').trim(),
    )
    if (rows.join() !== seen.at(-1)?.join()) seen.push(rows)
  }
  const watchFor = async (ms: number) => {
    for (let at = 0; at < ms; at += 10) {
      await clock.advance(10)
      look()
    }
  }
  await watchFor(1000)
  await opening
  driver.world.setInRange('cable', true)
  await watchFor(5000)
  const closing = application.close()
  await watchFor(1000)
  await closing
  const app = 'app (1234)'
  expect(seen).toEqual([
    [`Café connecting ${app}`],
    [`Café connected ${app}`],
    [`Café connected ${app}`, `Cable connecting ${app} also on Café`],
    [`Cable connected ${app} from Café`, 'Café closing'],
    [`Cable connected ${app} from Café`],
    [],
  ])
})

test('docs/command-line.md shows what it shows', async () => {
  const { clock, driver, frame } = await viewOf([
    {
      id: 'wifi',
      name: 'Café',
      bearer: 'wlan',
      device: 'wlan0',
      signal: 70,
      wifi: { ssid: 'Café', hidden: false, security: 'wpa' },
      link: 'up',
    },
    { id: 'cable', name: 'Cable', device: 'eth0', inRange: false },
    { id: 'phone', name: 'Phone', bearer: 'lte', device: 'wwan0' },
  ])
  driver.world.setDefault('wifi')
  const application = await NetworkConfigurationManager.open(driver, { clock })
  const opening = application.createSession(application.defineServiceNetwork(allUplinks)).open()
  await clock.advance(100)
  await opening
  frame()
  driver.world.setInRange('cable', true)
  await clock.advance(5000)
  frame()
  driver.world.setDefault('cable')
  await clock.advance(100)
  const shown = frame(17, 80).join('\n')
  const closing = application.close()
  await clock.advance(1000)
  await closing
  const page = readFileSync(new URL('../../../docs/command-line.md', import.meta.url), 'utf8')
  const [, example = ''] = /```text\n(roamkit monitor.*?)\n```/s.exec(page) ?? []
  const timeless = (text: string) =>
    text.replaceAll(/\d\d:\d\d:\d\d/g, 'hh:mm:ss').replaceAll(/\.\d{3}/g, '.mmm')
  expect(timeless(shown)).toBe(timeless(example))
})

const holder = (pid: number | null, since: string) => ({ pid, user: null, name: 'app', since })
const link = (identifier: string, pid: number | null, since: string): HeldLink => ({
  identifier,
  name: identifier,
  holder: holder(pid, since),
})

test.each([
  ['holds one link', [[link('a', 1, '1')]], [['a', null, false]]],
  [
    'holds two',
    [[link('b', 1, '2'), link('a', 1, '1')]],
    [
      ['b', 'a', true],
      ['a', null, false],
    ],
  ],
  ['moves at once', [[link('a', 1, '1')], [link('b', 1, '2')]], [['b', 'a', false]]],
  [
    'moves with both links up for a while',
    [[link('a', 1, '1')], [link('a', 1, '1'), link('b', 1, '2')], [link('b', 1, '2')], [link('b', 1, '2')]],
    [['b', 'a', false]],
  ],
  ['is another process', [[link('a', 1, '1')], [link('b', 2, '2')]], [['b', null, false]]],
  ['is unknown', [[link('a', null, '1')], [link('b', null, '2')]], [['b', null, false]]],
  ['has let go in between', [[link('a', 1, '1')], [], [link('b', 1, '2')]], [['b', null, false]]],
] as const)('the origin of a link, if its process %s', (_what, looks, expected) => {
  const roams = new Roams()
  const last = looks.map((held) => roams.look(held)).at(-1) ?? []
  expect(last.map(({ identifier, origin, isBoth }) => [identifier, origin?.name ?? null, isBoth])).toEqual(
    expected,
  )
})
