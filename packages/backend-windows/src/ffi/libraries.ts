import { functions, koffi } from './declarations.js'
import { NOT_THERE } from './numbers.js'

/** The DLLs, by their names in the declarations. */
export type LibraryName = keyof typeof functions

/** Paths of DLLs to load instead of the system's. For tests. */
export type LibraryPaths = { readonly [Name in LibraryName]?: string }

/** A function of Windows. */
export interface Native {
  /** Calls on this thread. Use it only for functions that never wait for a callback. */
  sync(...values: readonly unknown[]): number
  /** Calls on a thread of libuv's pool. Use it for functions that may take time, or wait for callbacks in flight. */
  async(...values: readonly unknown[]): Promise<number>
}

/** The functions of one DLL. */
export type Functions<Name extends LibraryName> = {
  readonly [Key in keyof (typeof functions)[Name]]: Native
}

/** Loads DLLs and their functions, each when it is first needed. */
export class Libraries {
  /** What could not be loaded: `dll` or `dll!function`. */
  readonly missing: string[] = []
  readonly #paths: LibraryPaths
  readonly #loaded = new Map<LibraryName, Functions<LibraryName> | null>()

  /** @param paths of DLLs to load instead of the system's */
  constructor(paths: LibraryPaths) {
    this.#paths = paths
  }

  /** Whether a DLL other than the system's is loaded. */
  isReplaced(name: LibraryName): boolean {
    return this.#paths[name] !== undefined
  }

  /** The functions of a DLL; `null` if it cannot be loaded. A function that is missing in it returns `NOT_THERE`. */
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
      // The name is enough: koffi's message is the system's, in the user's language.
      this.missing.push(`${name}.dll`)
      return null
    }
  }

  #bind(opened: ReturnType<typeof koffi.load>, name: string, declaration: string): Native {
    try {
      const bound = opened.func(declaration)
      return { sync: bound, async: (...values) => callAsync(bound, values) }
    } catch {
      this.missing.push(name)
      return { sync: () => NOT_THERE, async: async () => NOT_THERE }
    }
  }
}

/** GET_MODULE_HANDLE_EX_FLAG_PIN. */
const PIN = 1

/**
 * Loads a DLL for the life of the process. Koffi unloads a DLL that nothing refers to any more. A thread of that DLL may still be
 * returning from a callback then, and there is no way to wait for it.
 */
function loadForGood(path: string): ReturnType<typeof koffi.load> {
  const loaded = koffi.load(path)
  const pin = koffi.load('kernel32.dll').func(functions.kernel32.GetModuleHandleExW)
  pin(PIN, path, [null])
  return loaded
}

/** Calls a function on a thread of libuv's pool. Keeps its arguments, and the memory that they refer to, alive until it returns. */
export function callAsync(
  bound: { async(...values: unknown[]): void },
  values: readonly unknown[],
): Promise<number> {
  return new Promise((resolve, reject) => {
    bound.async(...values, (error: unknown, result: number) =>
      error ? reject(error) : resolve(values.length < 0 ? 0 : result),
    )
  })
}
