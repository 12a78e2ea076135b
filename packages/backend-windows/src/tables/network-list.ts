import {
  type ComObject,
  ComSink,
  idOf,
  invoke,
  numberOf,
  objectOf,
  release,
  type SinkMethod,
} from '../ffi/com.js'
import { callbacks, methods } from '../ffi/declarations.js'
import { type Guid, guidText } from '../ffi/guid.js'
import type { Functions, Libraries } from '../ffi/libraries.js'
import type { Listener } from '../notifications/listener.js'
import type { NetworkRow } from './captured.js'

const CLASS = '{DCB00C01-570F-4A9B-8D69-199FDBA5723B}'
const MANAGER = '{DCB00000-570F-4A9B-8D69-199FDBA5723B}'
const CONNECTION_COST = '{DCB0000A-570F-4A9B-8D69-199FDBA5723B}'
const COST_MANAGER = '{DCB00008-570F-4A9B-8D69-199FDBA5723B}'
const NETWORK_EVENTS = '{DCB00004-570F-4A9B-8D69-199FDBA5723B}'
const CONNECTION_EVENTS = '{DCB00007-570F-4A9B-8D69-199FDBA5723B}'
const COST_EVENTS = '{DCB00009-570F-4A9B-8D69-199FDBA5723B}'
const CLASS_FACTORY = '{00000001-0000-0000-C000-000000000046}'
const CONTAINER = '{B196B284-BAB4-101A-B69C-00AA00341D07}'
const PROPERTY_BAG = '{55272A00-42CB-11CE-8135-00AA004BB851}'
/** CLSCTX_ALL. */
const ANYWHERE = 0x17
/** NLM_INTERNET_CONNECTIVITY_WEBHIJACK: a captive portal answers instead of the web. */
const WEB_HIJACK = 1
/** VT_I4 and VT_UI4. */
const NUMBERS = [3, 19]
const MOST = 256

/** Places of methods in the table of an interface. The methods of IDispatch come first, if it has them. */
const QUERY_INTERFACE = 0
const Manager = { GetNetworkConnections: 9 } as const
const Enumeration = { Next: 8 } as const
const Connection = { GetNetwork: 7, GetConnectivity: 10, GetAdapterId: 12 } as const
const Network = { GetCategory: 18 } as const
const Cost = { GetCost: 3 } as const
const Container = { FindConnectionPoint: 4 } as const
const Point = { Advise: 5, Unadvise: 6 } as const
const Factory = { CreateInstance: 3 } as const
const PropertyBag = { Read: 3 } as const

/** A subscription to an event interface. */
interface Subscription {
  readonly point: ComObject
  readonly cookie: number
  readonly sink: ComSink
}

/** The network list manager: which networks adapters are connected to, their connectivity and their cost. */
export class NetworkList {
  readonly #ole: Functions<'ole32'>
  readonly #apartment: unknown
  readonly #manager: ComObject
  readonly #subscriptions: Subscription[] = []
  #isClosed = false

  private constructor(ole: Functions<'ole32'>, apartment: unknown, manager: ComObject) {
    this.#ole = ole
    this.#apartment = apartment
    this.#manager = manager
  }

  /** Opens the manager and listens to its events. Resolves to `null` if Windows has none. */
  static async open(libraries: Libraries, listener: Listener<void>): Promise<NetworkList | null> {
    const ole = libraries.get('ole32')
    if (ole === null) return null
    // The threads of libuv's pool come and go. This keeps their apartment alive without initializing COM on each.
    const apartment: [unknown] = [null]
    if ((await ole.CoIncrementMTAUsage.async(apartment)) !== 0) return null
    const manager = await create(libraries, ole)
    if (manager === null) {
      await ole.CoDecrementMTAUsage.async(apartment[0])
      return null
    }
    const list = new NetworkList(ole, apartment[0], manager)
    await list.#listen({
      onHint: () => {
        if (!list.#isClosed) listener.onHint()
      },
      onError: listener.onError,
    })
    return list
  }

  /** The networks that adapters are connected to now. */
  async networks(): Promise<readonly NetworkRow[]> {
    const enumeration = await objectOf(this.#manager, Manager.GetNetworkConnections, methods.toObject)
    if (enumeration === null) return []
    return using(enumeration, async () => {
      const rows: NetworkRow[] = []
      for (let count = 0; count < MOST; count += 1) {
        const connection: [ComObject | null] = [null]
        const result = await invoke(enumeration, Enumeration.Next, methods.next, 1, connection, [0])
        const [found] = connection
        if (result !== 0 || !found) return rows
        const row = await using(found, () => networkRow(found))
        if (row !== null) rows.push(row)
      }
      return rows
    })
  }

  /** Stops listening and releases every object. Nothing is notified after the call. Idempotent. */
  async close(): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    for (const { point, cookie, sink } of this.#subscriptions.splice(0)) {
      await invoke(point, Point.Unadvise, methods.unadvise, cookie)
      await release(point, methods.plain)
      sink.free()
    }
    await release(this.#manager, methods.plain)
    await this.#ole.CoDecrementMTAUsage.async(this.#apartment)
  }

  async #listen({ onHint, onError }: Listener<void>): Promise<void> {
    const of = (type: SinkMethod['type']): SinkMethod => ({ type, run: () => onHint(), onError })
    const { ofNetwork, ofNetworkWith, ofCost, ofDestination } = callbacks
    await this.#advise(MANAGER, NETWORK_EVENTS, [
      of(ofNetwork),
      of(ofNetwork),
      of(ofNetworkWith),
      of(ofNetworkWith),
    ])
    await this.#advise(MANAGER, CONNECTION_EVENTS, [of(ofNetworkWith), of(ofNetworkWith)])
    await this.#advise(COST_MANAGER, COST_EVENTS, [of(ofCost), of(ofDestination)])
  }

  async #advise(from: string, events: string, handlers: readonly SinkMethod[]): Promise<void> {
    const source = await query(this.#manager, from)
    if (source === null) return
    const point = await using(source, async () => {
      const container = await query(source, CONTAINER)
      if (container === null) return null
      return using(container, () =>
        objectOf(container, Container.FindConnectionPoint, methods.byId, idOf(events)),
      )
    })
    if (point === null) return
    const sink = new ComSink(events, handlers)
    const cookie: [number] = [0]
    if ((await invoke(point, Point.Advise, methods.advise, sink.object, cookie)) === 0) {
      this.#subscriptions.push({ point, cookie: cookie[0], sink })
      return
    }
    sink.free()
    await release(point, methods.plain)
  }
}

/** Creates the manager: the system's, or that of the DLL that replaces it. */
async function create(libraries: Libraries, ole: Functions<'ole32'>): Promise<ComObject | null> {
  const out: [ComObject | null] = [null]
  if (!libraries.isReplaced('netlist')) {
    const result = await ole.CoCreateInstance.async(idOf(CLASS), null, ANYWHERE, idOf(MANAGER), out)
    return result < 0 ? null : out[0]
  }
  const server = libraries.get('netlist')
  if (server === null) return null
  if ((await server.DllGetClassObject.async(idOf(CLASS), idOf(CLASS_FACTORY), out)) !== 0) return null
  const [factory] = out
  if (factory === null) return null
  return using(factory, () => objectOf(factory, Factory.CreateInstance, methods.create, null, idOf(MANAGER)))
}

async function networkRow(connection: ComObject): Promise<NetworkRow | null> {
  const adapter: Partial<Guid> = {}
  if ((await invoke(connection, Connection.GetAdapterId, methods.toGuid, adapter)) < 0) return null
  const connectivity = await numberOf(connection, Connection.GetConnectivity, methods.toNumber)
  const cost = await query(connection, CONNECTION_COST)
  const network = await objectOf(connection, Connection.GetNetwork, methods.toObject)
  const about = {
    adapter: guidText(adapter as Guid),
    connectivity: connectivity ?? 0,
    cost: cost === null ? 0 : await costOf(cost),
  }
  if (network === null) return { ...about, category: -1, isHijacked: false }
  return using(network, async () => ({
    ...about,
    category: (await numberOf(network, Network.GetCategory, methods.toNumber)) ?? -1,
    isHijacked: await isHijacked(network),
  }))
}

async function costOf(cost: ComObject): Promise<number> {
  return using(cost, async () => (await numberOf(cost, Cost.GetCost, methods.toNumber)) ?? 0)
}

async function isHijacked(network: ComObject): Promise<boolean> {
  const bag = await query(network, PROPERTY_BAG)
  if (bag === null) return false
  return using(bag, async () => {
    for (const name of ['NA_InternetConnectivityV4', 'NA_InternetConnectivityV6']) {
      const value = { vt: 0, reserved: [0, 0, 0], ulVal: 0, rest: [0, 0, 0] }
      const result = await invoke(bag, PropertyBag.Read, methods.property, name, value, null)
      if (result === 0 && NUMBERS.includes(value.vt) && (value.ulVal & WEB_HIJACK) !== 0) return true
    }
    return false
  })
}

function query(object: ComObject, interfaceId: string): Promise<ComObject | null> {
  return objectOf(object, QUERY_INTERFACE, methods.byId, idOf(interfaceId))
}

/** Runs a function with an object, and releases the object. */
async function using<Value>(object: ComObject, run: () => Promise<Value>): Promise<Value> {
  try {
    return await run()
  } finally {
    await release(object, methods.plain)
  }
}
