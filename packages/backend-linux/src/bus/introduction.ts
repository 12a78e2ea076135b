import { BusError, type BusRequest, type BusWait, DAEMON, DAEMON_PATH } from './bus-port.js'

/** What the introduction needs. */
export interface Introduction {
  /** The address of the bus, for errors. */
  readonly address: string
  /** Well-known name of the service whose signals are wanted. */
  readonly service: string
  /** The subtree of object paths whose signals are wanted. */
  readonly namespace: string
  call(request: BusRequest, wait: BusWait): Promise<readonly unknown[]>
}

/** What the bus daemon answers. */
export interface Welcome {
  /** The daemon's own id. */
  readonly id: string
  /** The unique name of the service's owner, `null` if it has none. */
  readonly owner: string | null
}

/**
 * The first calls on a connection: `Hello`, the daemon's id, and two match rules for the service. They have no deadline of their own.
 * @throws (rejects) with `ERR_BUS_CONNECT` if the daemon refuses `Hello`, and with the error of any other call
 */
export async function introduce({ address, service, namespace, call }: Introduction): Promise<Welcome> {
  const ask = (member: string, ...body: string[]) =>
    call(
      {
        destination: DAEMON,
        path: DAEMON_PATH,
        interface: DAEMON,
        member,
        ...(body.length ? { signature: 's', body } : {}),
      },
      { deadline: null },
    )
  // The daemon answers in the order of sending, so that no call has to wait for one that it does not depend on.
  const hello = ask('Hello')
  const rest = Promise.all([
    ask('GetId'),
    // Asked after the match rule, so that no change of owner is missed in between.
    ask('AddMatch', `type='signal',sender='${DAEMON}',member='NameOwnerChanged',arg0='${service}'`)
      .then(() => ask('GetNameOwner', service))
      .catch(asNoOwner),
    ask('AddMatch', `type='signal',sender='${service}',path_namespace='${namespace}'`),
  ])
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
  return { id: String(id[0]), owner: typeof owner[0] === 'string' ? owner[0] : null }
}

function asNoOwner(error: unknown): readonly unknown[] {
  if (error instanceof BusError && error.answer === 'org.freedesktop.DBus.Error.NameHasNoOwner') return []
  throw error
}
