import type { ActivationEntries, ActivationEntry } from './activations.js'

/** The limit for numbers from outside: counting on from a larger one would soon lose precision. */
const HIGHEST = 2 ** 52

/**
 * Reads the entries: a length of 32 bits, then JSON. Returns `null` if nothing is written yet, or if it cannot be parsed. Skips
 * invalid entries: other programs can write this memory.
 */
export function decodeEntries(memory: Uint8Array): ActivationEntries | null {
  const length = new DataView(memory.buffer, memory.byteOffset).getUint32(0, true)
  if (length === 0 || length > memory.length - 4) return null
  try {
    const found: unknown = JSON.parse(Buffer.from(memory.slice(4, 4 + length)).toString('utf8'))
    if (typeof found !== 'object' || found === null) return null
    return new Map(Object.entries(found).filter(isEntry))
  } catch {
    // A process died while it was writing: start over.
    return null
  }
}

/** Writes the entries. If they do not all fit, those of ended activations are dropped first. */
export function encodeEntries(memory: Uint8Array, entries: ActivationEntries): void {
  for (const kept of [entries, withoutEnded(entries), new Map<string, ActivationEntry>()]) {
    const text = Buffer.from(JSON.stringify(Object.fromEntries(kept)), 'utf8')
    if (text.length > memory.length - 4) continue
    memory.set(text, 4)
    new DataView(memory.buffer, memory.byteOffset).setUint32(0, text.length, true)
    return
  }
}

function withoutEnded(entries: ActivationEntries): ActivationEntries {
  return new Map([...entries].filter(([, { is }]) => is !== 'over'))
}

function isEntry(entry: [string, unknown]): entry is [string, ActivationEntry] {
  const { number, is } = (entry[1] ?? {}) as Record<string, unknown>
  return (
    Number.isSafeInteger(number) &&
    (number as number) < HIGHEST &&
    (is === 'asked' || is === 'again' || is === 'live' || is === 'over')
  )
}
