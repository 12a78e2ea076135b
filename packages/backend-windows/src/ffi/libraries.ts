import { functions, koffi } from './declarations.js'
import { NOT_THERE } from './numbers.js'

/** The DLLs, by the name of the declarations. */
export type LibraryName = keyof typeof functions

/** Paths of DLLs to load in place of the system's: for tests. */
export type LibraryPaths = { readonly [Name in LibraryName]?: string }

/** A function of Windows: called at once, or on a thread of its own and answered by a promise. */
export interface Native {
  /** Calls on this thread: only for what never waits for a callback. */
  now(...values: readonly unknown[]): number
  /** Calls on a thread of libuv's pool: for what may take its time, or waits for callbacks in flight. */
  soon(...values: readonly unknown[]): Promise<number>
}

/** The functions of one DLL. */
export type Functions<Name extends LibraryName> = {
  readonly [Key in keyof (typeof functions)[Name]]: Native
}

/** The functions that could be had. */
export class Libraries {
  /** `dll!function` of what was asked for and is not there. */
  readonly missing: string[] = []
  readonly #paths: LibraryPaths
  readonly #loaded = new Map<LibraryName, Functions<LibraryName> | null>()

  /** @param paths of DLLs to load in place of the system's */
  constructor(paths: LibraryPaths) {
    this.#paths = paths
  }

  /** Whether a DLL is loaded from somewhere else than the system's folder. */
  isReplaced(name: LibraryName): boolean {
    return this.#paths[name] !== undefined
  }

  /** The functions of a DLL; `null` where it cannot be loaded. One that is missing in it answers `NOT_THERE`. */
  get<Name extends LibraryName>(name: Name): Functions<Name> | null {
    if (!this.#loaded.has(name)) this.#loaded.set(name, this.#load(name))
    return this.#loaded.get(name) as Functions<Name> | null
  }

  #load(name: LibraryName): Functions<LibraryName> | null {
    const opened = this.#open(name)
    if (opened === null) return null
    const found: Record<string, Native> = {}
    for (const [key, declaration] of Object.entries<string>(functions[name]))
      found[key] = this.#bind(opened, `${name}!${key}`, declaration)
    return found as Functions<LibraryName>
  }

  #open(name: LibraryName): ReturnType<typeof koffi.load> | null {
    try {
      return loadForGood(this.#paths[name] ?? `${name}.dll`)
    } catch {
      // Koffi's message is the system's, in the system's language: the name says it all.
      this.missing.push(`${name}.dll`)
      return null
    }
  }

  #bind(opened: ReturnType<typeof koffi.load>, name: string, declaration: string): Native {
    try {
      const bound = opened.func(declaration)
      return { now: bound, soon: (...values) => called(bound, values) }
    } catch {
      this.missing.push(name)
      return { now: () => NOT_THERE, soon: async () => NOT_THERE }
    }
  }
}

/** GET_MODULE_HANDLE_EX_FLAG_PIN. */
const PIN = 1

/**
 * Loads a DLL for as long as the process lives. Koffi unloads what nobody refers to any more; but a thread of the DLL's own may
 * still be on its way out of a callback then, and nothing tells when it is.
 */
function loadForGood(path: string): ReturnType<typeof koffi.load> {
  const loaded = koffi.load(path)
  const pin = koffi.load('kernel32.dll').func(functions.kernel32.GetModuleHandleExW)
  pin(PIN, path, [null])
  return loaded
}

/** A call on a thread of libuv's pool. Whatever it points at is kept alive until it is over. */
export function called(
  bound: { async(...values: unknown[]): void },
  values: readonly unknown[],
): Promise<number> {
  return new Promise((resolve, reject) => {
    bound.async(...values, (error: unknown, result: number) =>
      error ? reject(error) : resolve(values.length < 0 ? 0 : result),
    )
  })
}
