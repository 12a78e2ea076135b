import {
  answer,
  VirtualClock as Clock,
  labWorld,
  type ProfileName,
  Refusal,
  type Signal,
  type VirtualClock,
} from '@roamkit/lab-fake-networkmanager'
import {
  type Call,
  type Line,
  Names,
  Normaliser,
  type RawMessage,
} from '@roamkit/lab-fake-networkmanager/recording'

const OWNER = ':1.1'
const PREFIX = '/org/freedesktop/NetworkManager/'
const NM = 'org.freedesktop.NetworkManager'

type Raw =
  | { readonly message: RawMessage }
  | { readonly at: number; readonly act: string; readonly args: unknown[] }

/** Gives the fake what NetworkManager was given in a recording, and returns what the fake says, as a recording of its own. */
export async function replay(recording: readonly Line[]): Promise<Line[]> {
  const replay = new Replay(recording)
  await replay.run()
  return replay.lines()
}

class Replay {
  readonly #recording: readonly Line[]
  readonly #clock: VirtualClock = new Clock()
  readonly #raw: Raw[] = []
  readonly #machine
  #isBegun = false
  #serial = 0
  /** How many changes of states were said. */
  #said = 0
  /** How far the fake is behind, in milliseconds: it may take longer for something than NetworkManager took. */
  #lag = 0
  /** The answers of agents that were recorded, by method, in their order. */
  readonly #agentAnswers = new Map<string, Line[]>()

  constructor(recording: readonly Line[]) {
    this.#recording = recording
    const first = objectsAtFirst(recording)
    const names = recordedNames(first, 'Settings/') as ProfileName[]
    this.#machine = labWorld({
      clock: this.#clock,
      say: (signal) => this.#hear(signal),
      callAgent: (_agent, member, _signature, body) => this.#answerAsAgent(member, body),
      profiles: names,
      seen: texts(first['Devices/wlan0']?.['Device.Wireless']?.AccessPoints).map((name) =>
        name.slice(12, 29),
      ),
    })
    this.#takeOver(first)
    for (const profile of this.#machine.nm.profiles) this.#useAsRecorded(profile)
    for (const line of recording)
      if ('call' in line && line.from === 'NetworkManager')
        this.#agentAnswers.set(line.call, [
          ...(this.#agentAnswers.get(line.call) ?? []),
          answerTo(recording, line),
        ])
  }

  /** What earlier scenes have left. */
  #takeOver(first: Facts): void {
    const { nm, world } = this.#machine
    const wired = first['Devices/eth0']?.['Device.Wired']
    if (Number(wired?.Speed) > 0) world.cable('in')
    if (!wired?.Carrier) {
      world.cable('out')
      world.cables.get('eth0')?.giveUp()
    }
    for (const device of nm.devices) {
      const { StateReason } = first[`Devices/${device.name}`]?.Device ?? {}
      nm.objects.change(device.path, `${NM}.Device`, { StateReason })
    }
  }

  async run(): Promise<void> {
    this.#isBegun = true
    this.#said = 0
    for (const [index, line] of this.#recording.entries()) {
      if ('act' in line) {
        await this.#catchUp(line.at, index)
        this.#raw.push(line)
        const { world } = this.#machine
        const [name, value] = line.args as [never, never]
        world[line.act as 'setSignal'](name, value)
      } else if ('call' in line && line.from !== 'NetworkManager') {
        await this.#catchUp(line.at, index)
        this.#call(line)
      }
    }
    await this.#catchUp(0, this.#recording.length)
    await this.#clock.advance(1000)
  }

  lines(): Line[] {
    const names = new Names()
    for (const raw of this.#raw) if ('message' in raw) names.learn(raw.message)
    const normaliser = new Normaliser(names, { owner: OWNER, isOurs: (client) => client === ':roamkit' })
    for (const raw of this.#raw)
      if ('message' in raw) normaliser.take(raw.message)
      else normaliser.act(raw.at, raw.act, raw.args)
    return normaliser.lines
  }

  /** Lets the fake do what NetworkManager had done by then. */
  async #catchUp(at: number, index: number): Promise<void> {
    const due = at * 1000 + this.#lag
    if (due > this.#clock.now()) await this.#clock.advance(due - this.#clock.now())
    const said = this.#recording.slice(0, index).filter(isStateChange).length
    while (this.#said < said && this.#clock.next < Number.POSITIVE_INFINITY) await this.#clock.step()
    await this.#clock.advance(0)
    this.#lag = Math.max(this.#lag, this.#clock.now() - at * 1000)
  }

  #call(line: Call): void {
    const dot = line.call.lastIndexOf('.')
    const call = {
      path: this.#pathOf(line.on),
      interface: longName(line.call.slice(0, dot)),
      member: line.call.slice(dot + 1),
      body: this.#argument(line.body) as unknown[],
      sender: `:${line.from}`,
    }
    this.#serial += 1
    const serial = this.#serial
    this.#push({ ...call, kind: 'call', from: call.sender, to: OWNER, serial, replyTo: 0 })
    const reply = {
      from: OWNER,
      to: call.sender,
      serial: 0,
      replyTo: serial,
      path: '',
      interface: '',
      member: '',
    }
    try {
      const body = answer(this.#machine.nm, call).body.map((one) => (isLabelled(one) ? one.value : one))
      this.#push({ ...reply, kind: 'answer', body })
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      this.#push({ ...reply, kind: 'error', member: error.name, body: [error.message] })
    }
  }

  async #answerAsAgent(member: string, body: unknown[]): Promise<unknown[]> {
    this.#serial += 1
    const serial = this.#serial
    const path = `${PREFIX}SecretAgent`
    const call = { path, interface: `${NM}.SecretAgent`, member, body }
    this.#push({ ...call, kind: 'call', from: OWNER, to: ':roamkit', serial, replyTo: 0 })
    const recorded = this.#agentAnswers.get(`SecretAgent.${member}`)?.shift()
    if (recorded === undefined) return await new Promise(() => undefined)
    const reply = { from: ':roamkit', to: OWNER, serial: 0, replyTo: serial, path: '', interface: '' }
    if ('refusal' in recorded) {
      this.#push({ ...reply, kind: 'error', member: recorded.error, body: [] })
      throw new Error(recorded.error)
    }
    const answered = 'answer' in recorded ? recorded.body : []
    this.#push({ ...reply, kind: 'answer', member: '', body: answered })
    return answered
  }

  #hear({ path, interface: name, member, body }: Signal): void {
    if (member === 'StateChanged') this.#said += 1
    const signal = { path, interface: name, member, body, from: OWNER, to: '', serial: 0, replyTo: 0 }
    if (this.#isBegun) this.#push({ ...signal, kind: 'signal' })
  }

  #push(message: Omit<RawMessage, 'at'>): void {
    this.#raw.push({ message: { ...(asRecorded(message) as RawMessage), at: this.#clock.now() / 1000 } })
  }

  /** What earlier activations have left in a profile. */
  #useAsRecorded(profile: { id: string; wasUsed: boolean; seen: string[] }): void {
    const asked = this.#recording.find(
      (line): line is Call =>
        'call' in line && line.call.endsWith('.GetSettings') && line.on === `Settings/${profile.id}`,
    )
    const answered = asked === undefined ? undefined : answerTo(this.#recording, asked)
    const [settings] = (answered !== undefined && 'answer' in answered ? answered.body : []) as [
      Facts[string]?,
    ]
    profile.wasUsed = settings?.connection?.timestamp !== undefined
    profile.seen = texts(settings?.['802-11-wireless']?.['seen-bssids'])
  }

  /** The fake's object that has that name in a recording. */
  #pathOf(name: string): string {
    const { nm } = this.#machine
    const [kind, id = ''] = name.split('/', 2)
    if (name === 'NetworkManager') return PREFIX.slice(0, -1)
    if (name.startsWith('/')) return name
    const found =
      kind === 'Settings' && id !== ''
        ? nm.profiles.find((profile) => profile.id === id)?.path
        : kind === 'Devices'
          ? nm.devices.find((device) => device.name === id)?.path
          : kind === 'AccessPoint'
            ? Object.keys(nm.objects.all).find((path) => {
                const facts = nm.objects.read(path, `${NM}.AccessPoint`)
                return (
                  facts.HwAddress === id.slice(0, 17) && (facts.Ssid.length === 0) === id.endsWith(' hidden')
                )
              })
            : undefined
    return found ?? `${PREFIX}${name}`
  }

  #argument(value: unknown): unknown {
    if (typeof value === 'string')
      return /^(Settings|Devices|AccessPoint|ActiveConnection)\//.test(value) ? this.#pathOf(value) : value
    if (Array.isArray(value)) return value.map((one) => this.#argument(one))
    if (typeof value !== 'object' || value === null) return value
    if ('bytes' in value) return Buffer.from(String(value.bytes), 'latin1')
    return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, this.#argument(one)]))
  }
}

type Facts = Record<string, Record<string, Record<string, unknown>>>

/** What the first client that read everything got. */
function objectsAtFirst(recording: readonly Line[]): Facts {
  const first = recording.find(
    (line): line is Call => 'call' in line && line.call === 'ObjectManager.GetManagedObjects',
  )
  const answered = first === undefined ? undefined : answerTo(recording, first)
  return (answered !== undefined && 'answer' in answered ? answered.body[0] : {}) as Facts
}

function recordedNames(objects: Facts, prefix: string): string[] {
  return texts(objects.Settings?.Settings?.Connections).map((path) => path.slice(prefix.length))
}

const texts = (value: unknown): string[] => (Array.isArray(value) ? value.map(String) : [])

function answerTo(recording: readonly Line[], { number }: Call): Line {
  const found = recording.find(
    (line) => ('answer' in line && line.answer === number) || ('refusal' in line && line.refusal === number),
  )
  if (found === undefined) throw new Error(`the recording has no answer to call ${number}`)
  return found
}

const isStateChange = (line: Line) => 'said' in line && line.said.endsWith('.StateChanged')

const isLabelled = (value: unknown): value is { value: unknown } =>
  typeof value === 'object' && value !== null && 'within' in value && 'value' in value

function longName(name: string): string {
  if (name === 'Manager') return NM
  return ['ObjectManager', 'Properties'].includes(name) ? `org.freedesktop.DBus.${name}` : `${NM}.${name}`
}

function asRecorded(value: unknown): unknown {
  if (value instanceof Uint8Array) return { bytes: Buffer.from(value).toString('latin1') }
  if (Array.isArray(value)) return value.map(asRecorded)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, asRecorded(one)]))
}
