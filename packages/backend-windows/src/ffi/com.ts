import { registerCallback, unregisterCallback } from './callback.js'
import { callbacks, koffi, type methods } from './declarations.js'
import { guidBytes, guidText } from './guid.js'
import { callAsync } from './libraries.js'

/** A pointer to a COM object. */
export type ComObject = bigint | number | object

type Method = (typeof methods)[keyof typeof methods]

const UNKNOWN = '{00000000-0000-0000-C000-000000000046}'
const NO_INTERFACE = 0x8000_4002 | 0
const RELEASE = 2

/**
 * Calls a method by its place in the object's table. Runs on a thread of libuv's pool, because the server may be another process, and
 * may call back before it answers. Resolves to the HRESULT.
 */
export function invoke(
  object: ComObject,
  place: number,
  method: Method,
  ...values: unknown[]
): Promise<number> {
  const table = koffi.decode(object, 'void *')
  const entry = koffi.decode(table, place * koffi.sizeof('void *'), 'void *')
  return callAsync(koffi.decode(entry, method), [object, ...values])
}

/** Calls a method that returns an object. Resolves to `null` if it fails. */
export async function objectOf(
  object: ComObject,
  place: number,
  method: Method,
  ...values: unknown[]
): Promise<ComObject | null> {
  const out: [ComObject | null] = [null]
  const result = await invoke(object, place, method, ...values, out)
  return result < 0 ? null : out[0]
}

/** Calls a method that returns a number. Resolves to `null` if it fails. */
export async function numberOf(object: ComObject, place: number, method: Method): Promise<number | null> {
  const out: [number] = [0]
  return (await invoke(object, place, method, out)) < 0 ? null : out[0]
}

/** Releases a reference to an object. */
export async function release(object: ComObject, plain: Method): Promise<void> {
  await invoke(object, RELEASE, plain)
}

/** A method of a {@link ComSink}: the type of its callback, and what it does. */
export interface SinkMethod {
  readonly type: (typeof callbacks)[keyof typeof callbacks]
  readonly run: (...values: readonly unknown[]) => void
  readonly onError: (error: unknown) => void
}

/** A COM object that is implemented by JavaScript functions, and called from other threads. It exists until {@link ComSink.free}. */
export class ComSink {
  /** The argument for `Advise`. */
  readonly object: bigint
  readonly #memory: unknown[]
  readonly #registered: bigint[] = []
  #references = 1

  /**
   * @param interfaceId the one interface that it implements besides IUnknown
   * @param methods those of that interface, in order
   */
  constructor(interfaceId: string, methods: readonly SinkMethod[]) {
    const known = [UNKNOWN, interfaceId]
    const entries = [
      registerCallback(
        (_self: unknown, id: unknown, out: unknown) => {
          const isKnown = known.includes(guidText(koffi.decode(id, 'GUID')))
          if (isKnown) this.#references += 1
          koffi.encode(out, 'uintptr_t', isKnown ? this.object : 0n)
          return isKnown ? 0 : NO_INTERFACE
        },
        callbacks.queryInterface,
        () => {},
        NO_INTERFACE,
      ),
      koffi.register(() => {
        this.#references += 1
        return this.#references
      }, callbacks.count),
      koffi.register(() => {
        this.#references -= 1
        return this.#references
      }, callbacks.count),
      ...methods.map(({ type, run, onError }) =>
        registerCallback(
          (...values: unknown[]) => {
            run(...values.slice(1))
            return 0
          },
          type,
          onError,
          0,
        ),
      ),
    ]
    this.#registered.push(...entries)
    const table = koffi.alloc('uintptr_t', entries.length)
    for (const [index, entry] of entries.entries())
      koffi.encode(table, index * koffi.sizeof('void *'), 'uintptr_t', entry)
    const object = koffi.alloc('uintptr_t', 1)
    koffi.encode(object, 'uintptr_t', koffi.address(table))
    this.#memory = [table, object]
    this.object = koffi.address(object)
  }

  /** Frees the functions, unless a reference is left. */
  free(): void {
    // Who still has a reference may call: a small leak is better than a call into freed memory.
    if (this.#references > 1) return
    for (const callback of this.#registered.splice(0)) unregisterCallback(callback)
    for (const memory of this.#memory.splice(0)) koffi.free(memory)
  }
}

/** The bytes of a GUID, for a method that takes its address. */
export function idOf(text: string): Uint8Array {
  return guidBytes(text)
}
