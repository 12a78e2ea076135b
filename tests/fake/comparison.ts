import type { Call, Line } from '@roamkit/lab-fake-networkmanager/recording'

/** What follows each other, by what it is of: `Devices/wlan0 Device.State`. */
export type Sequences = ReadonlyMap<string, readonly unknown[]>

/** Lists whose order means nothing. */
const UNORDERED = new Set([
  'AccessPoints',
  'AllDevices',
  'AvailableConnections',
  'Connections',
  'Devices',
  'RouteData',
])

/** What the backend puts together from several objects: their order among each other counts. */
const ORDERED =
  /^(Devices\/\S+ (Device\.(StateChanged|ActiveConnection|InterfaceFlags|AvailableConnections)|Device\.Wired\.Carrier|Device\.Wireless\.ActiveAccessPoint)|ActiveConnection\/\d+ (exists|Connection\.Active\.(StateChanged|State|SpecificObject|Ip4Config|Connection|Devices))|(AccessPoint|Settings)\/.+ exists|NetworkManager Manager\.(State|ActiveConnections|PrimaryConnection|ActivatingConnection|WirelessEnabled|Connectivity)|IP4Config\/\S+ IP4Config\.AddressData|Settings Settings\.Connections|NetworkManager Manager\.\S*ctivate\S* answers)$/

/** Devices of the lab that the fake does not have: the simulation's monitor, and the one for Wi-Fi Direct. Nothing is connected with them. */
const BYSTANDER = /^(Devices|IP[46]Config)\/(hwsim0|p2p-dev-wlan0)$/

/** A recording as sequences, and the order between those that the backend puts together. */
export class Comparable {
  readonly sequences = new Map<string, unknown[]>()
  readonly order: { readonly key: string; readonly value: unknown }[] = []
  readonly #calls = new Map<number, Call>()

  constructor(lines: readonly Line[]) {
    for (const line of lines) this.#take(line)
  }

  #take(line: Line): void {
    if ('changed' in line) this.#properties(line.on, line.changed, line.to)
    else if ('added' in line) this.#add(line.added, line.interfaces)
    else if ('removed' in line) this.#push(`${line.removed} exists`, false)
    else if ('said' in line && !line.body.some(isBystander))
      this.#push(`${line.on} ${line.said}`, line.body, { isEvent: true })
    else if ('call' in line) {
      this.#calls.set(line.number, line)
      if (line.from === 'NetworkManager')
        this.#push(`NetworkManager asks ${line.call}`, line.body, { isEvent: true })
    } else if ('answer' in line) this.#answer(line.answer, line.body)
    else if ('refusal' in line) this.#answer(line.refusal, line.error)
  }

  #answer(number: number, answer: unknown): void {
    const call = this.#calls.get(number)
    if (call === undefined || call.from === 'NetworkManager') return
    const [objects] = Array.isArray(answer) ? answer : []
    if (call.call !== 'ObjectManager.GetManagedObjects')
      this.#push(`${call.on} ${call.call} answers`, answer, { isEvent: true })
    else for (const [path, interfaces] of Object.entries(objects)) this.#add(path, interfaces as object)
  }

  #add(path: string, interfaces: object): void {
    this.#push(`${path} exists`, true)
    for (const [name, properties] of Object.entries(interfaces)) this.#properties(path, name, properties)
  }

  #properties(path: string, name: string, properties: object): void {
    for (const [property, value] of Object.entries(properties)) {
      const isUnordered = UNORDERED.has(property) && Array.isArray(value)
      this.#push(`${path} ${name}.${property}`, isUnordered ? canonical(value) : value)
    }
  }

  /** A property that is told with the value that it has is not a change. */
  #push(key: string, value: unknown, { isEvent = false } = {}): void {
    if (BYSTANDER.test(key.slice(0, key.indexOf(' ')))) return
    const sequence = this.sequences.get(key) ?? []
    this.sequences.set(key, sequence)
    if (!isEvent && sequence.length > 0 && text(sequence.at(-1)) === text(value)) return
    sequence.push(value)
    if (ORDERED.test(key)) this.order.push({ key, value })
  }
}

const isBystander = (value: unknown) => typeof value === 'string' && BYSTANDER.test(value)

function canonical(list: readonly unknown[]): readonly unknown[] {
  const kept = list.filter((one) => !isBystander(one))
  return kept.sort((one, other) => (text(one) < text(other) ? -1 : 1))
}

export const text = (value: unknown): string => JSON.stringify(value)

/** One sequence that differs. */
export interface Difference {
  readonly key: string
  readonly recorded: readonly unknown[]
  readonly faked: readonly unknown[]
}

export function differences(recorded: Sequences, faked: Sequences): Difference[] {
  const keys = [...new Set([...recorded.keys(), ...faked.keys()])].sort()
  return keys
    .map((key) => ({ key, recorded: recorded.get(key) ?? [], faked: faked.get(key) ?? [] }))
    .filter((one) => text(one.recorded) !== text(one.faked))
}
