import { BusError, type BusFilter, type BusRequest, type BusWait, DAEMON, DAEMON_PATH } from './bus-port.js'

/** Calls over the connection. */
type BusCall = (request: BusRequest, wait: BusWait) => Promise<readonly unknown[]>

/** The signals of a service that are wanted. */
export interface Subscription {
  /** Well-known name of the service. */
  readonly service: string
  /** The subtree of object paths. */
  readonly namespace: string
  /** Which of them; left out if all are wanted. */
  readonly only?: readonly BusFilter[]
}

/** What the introduction needs. */
export interface Introduction extends Subscription {
  /** The address of the bus, for errors. */
  readonly address: string
  readonly call: BusCall
}

/** What the bus daemon answers. */
export interface Welcome {
  /** The daemon's own id. */
  readonly id: string
  /** The unique name of the service's owner, `null` if it has none. */
  readonly owner: string | null
}

/**
 * The first calls on a connection: `Hello`, the daemon's id, and the match rules for the service. They have no deadline of their own.
 * @throws (rejects) with `ERR_BUS_CONNECT` if the daemon refuses `Hello`, and with the error of any other call
 */
export async function introduce({ address, call, ...subscription }: Introduction): Promise<Welcome> {
  const wait = { deadline: null }
  // The daemon answers in the order of sending, so that no call has to wait for one that it does not depend on.
  const hello = askDaemon(call, wait, 'Hello')
  const rest = Promise.all([askDaemon(call, wait, 'GetId'), subscribe(subscription, call, wait)])
  // If Hello is refused, so are all the others, with less helpful messages.
  rest.catch(() => undefined)
  await hello.catch((error: unknown) => {
    const answer = error instanceof BusError ? error.answer : null
    if (answer === null) throw error
    throw new BusError(
      'ERR_BUS_CONNECT',
      `D-Bus at ${address} refused a connection: ${(error as BusError).message} (${answer})`,
      { cause: error, answer },
    )
  })
  const [id, owner] = await rest
  return { id: String(id[0]), owner }
}

/**
 * Adds the match rules for a service: one for its owner, and one for each kind of signal. Resolves to the unique name of its owner, `null`
 * if it has none.
 */
export async function subscribe(
  { service, namespace, only }: Subscription,
  call: BusCall,
  wait: BusWait,
): Promise<string | null> {
  const signals = `type='signal',sender='${service}',path_namespace='${namespace}'`
  const rules = only === undefined ? [signals] : only.map((filter) => signals + conditionsOf(filter))
  const [owner] = await Promise.all([
    // Asked after the match rule, so that no change of owner is missed in between.
    askDaemon(
      call,
      wait,
      'AddMatch',
      `type='signal',sender='${DAEMON}',member='NameOwnerChanged',arg0='${service}'`,
    )
      .then(() => askDaemon(call, wait, 'GetNameOwner', service))
      .catch(asNoOwner),
    ...rules.map((rule) => askDaemon(call, wait, 'AddMatch', rule)),
  ])
  return typeof owner[0] === 'string' ? owner[0] : null
}

/**
 * The process that has a unique name, as the bus daemon counts processes; `null` if the daemon does not say. Rejects as the call does.
 *
 * @param name `:1.5`
 */
export async function processOf(
  name: string,
  bus: { readonly call: BusCall },
  wait: BusWait,
): Promise<number | null> {
  const call: BusCall = (request, until) => bus.call(request, until)
  const [pid] = await askDaemon(call, wait, 'GetConnectionUnixProcessID', name)
  return typeof pid === 'number' && Number.isSafeInteger(pid) && pid > 0 ? pid : null
}

function conditionsOf({ interface: name, member, about }: BusFilter): string {
  const ofMember = member === undefined ? '' : `,member='${member}'`
  return `,interface='${name}'${ofMember}${about === undefined ? '' : `,arg0='${about}'`}`
}

function askDaemon(
  call: BusCall,
  wait: BusWait,
  member: string,
  ...body: string[]
): Promise<readonly unknown[]> {
  return call(
    {
      destination: DAEMON,
      path: DAEMON_PATH,
      interface: DAEMON,
      member,
      ...(body.length ? { signature: 's', body } : {}),
    },
    wait,
  )
}

function asNoOwner(error: unknown): readonly unknown[] {
  if (error instanceof BusError && error.answer === 'org.freedesktop.DBus.Error.NameHasNoOwner') return []
  throw error
}
