import { readdirSync } from 'node:fs'
import { beforeAll, describe, expect, it } from 'vitest'
import { Comparable, type Difference, differences, text } from './comparison.js'
import { KNOWN_DIFFERENCES } from './known-differences.js'
import { RECORDINGS, readRecording } from './recordings.js'
import { replay } from './replay.js'

const names = readdirSync(RECORDINGS)
  .filter((file) => file.endsWith('.jsonl'))
  .map((file) => file.slice(0, -'.jsonl'.length))

interface Replayed {
  readonly recorded: Comparable
  readonly faked: Comparable
  readonly differences: readonly Difference[]
}

const replayed = new Map<string, Replayed>()
beforeAll(async () => {
  for (const name of names) {
    const recording = readRecording(name)
    const [recorded, faked] = [new Comparable(recording), new Comparable(await replay(recording))]
    replayed.set(name, { recorded, faked, differences: differences(recorded.sequences, faked.sequences) })
  }
})

const isKnown = (key: string) => KNOWN_DIFFERENCES.some((known) => known.key.test(key))

describe.each(names)('the fake, given what NetworkManager was given in the recording "%s",', (name) => {
  const get = () => replayed.get(name) as Replayed

  it('tells the same values of each property, and answers the same, one after the other', () => {
    const unknown = get().differences.filter(({ key }) => !isKnown(key))
    expect(unknown).toEqual([])
    expect(get().recorded.sequences.size).toBeGreaterThan(300)
  })

  it('tells what the backend puts together from several objects in the same order', () => {
    const inOrder = ({ order }: Comparable) =>
      order.filter(({ key }) => !isKnown(key)).map(({ key, value }) => `${key}: ${text(value)}`)
    expect(inOrder(get().faked)).toEqual(inOrder(get().recorded))
    expect(get().recorded.order.length).toBeGreaterThan(60)
  })
})

it('each known difference occurs in some recording', () => {
  const occurring = [...replayed.values()].flatMap((one) => one.differences.map(({ key }) => key))
  const idle = KNOWN_DIFFERENCES.filter(({ key }) => !occurring.some((one) => key.test(one)))
  expect(idle).toEqual([])
})

describe('the comparison', () => {
  const recording = readRecording('connect')
  const recorded = new Comparable(recording)

  it('sees a value that is left out', () => {
    const without = recording.filter((line) => !('said' in line && line.body[0] === 80))
    const found = differences(recorded.sequences, new Comparable(without).sequences)
    expect(found.map(({ key }) => key)).toEqual(['Devices/wlan0 Device.StateChanged'])
  })

  it('sees two signals that come in the other order', () => {
    const isEnd = (line: (typeof recording)[number]) => 'said' in line && line.body[0] === 4
    const at = recording.findIndex(isEnd)
    const swapped = [...recording]
    swapped.splice(at, 1)
    swapped.splice(swapped.length, 0, ...recording.slice(at, at + 1))
    const changed = new Comparable(swapped)
    expect(differences(recorded.sequences, changed.sequences)).toEqual([])
    expect(text(changed.order)).not.toBe(text(recorded.order))
  })
})
