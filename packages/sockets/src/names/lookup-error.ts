/** The numbers that Node gives these errors (`UV_EAI_NONAME`, `UV_EAI_AGAIN`). */
const ERRNO = { ENOTFOUND: -3008, EAI_AGAIN: -3001 } as const

/** `ENOTFOUND`: there is no such name. `EAI_AGAIN`: it could not be found out. */
export type LookupErrorCode = keyof typeof ERRNO

/** An error of a look-up, with the members of those of Node's `dns.lookup()`. */
export type LookupError = NodeJS.ErrnoException & { readonly hostname: string }

/** Longer names are cut off in messages. */
const LONGEST_SHOWN = 300

/** A failed look-up. The name may be any text. */
export function lookupError(code: LookupErrorCode, hostname: string, why: string): LookupError {
  const cut = hostname.length > LONGEST_SHOWN ? `${hostname.slice(0, LONGEST_SHOWN)}...` : hostname
  const shown = /^[\w.-]+$/.test(cut) ? cut : JSON.stringify(cut)
  const error = new Error(`lookup ${code} ${shown}: ${why}`)
  return Object.assign(error, { errno: ERRNO[code], code, syscall: 'lookup', hostname })
}
