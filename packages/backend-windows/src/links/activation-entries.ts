import type { ActivationEntries, ActivationEntry } from './activations.js'

/** What counts on from more than this would count no more before long. */
const HIGHEST = 2 ** 52

/** The length as 32 bits, then JSON. `null` while nobody has written; whatever makes no sense is left out: others write here. */
export function decodeEntries(memory: Uint8Array): ActivationEntries | null {
  const length = new DataView(memory.buffer, memory.byteOffset).getUint32(0, true)
  if (length === 0 || length > memory.length - 4) return null
  try {
    const found: unknown = JSON.parse(Buffer.from(memory.slice(4, 4 + length)).toString('utf8'))
    if (typeof found !== 'object' || found === null) return null
    return new Map(Object.entries(found).filter(isEntry))
  } catch {
    // Torn by somebody who died while writing: begin anew.
    return null
  }
}

/** The reverse; entries that are over go first where all do not fit. */
export function encodeEntries(memory: Uint8Array, entries: ActivationEntries): void {
  for (const kept of [entries, living(entries), new Map<string, ActivationEntry>()]) {
    const text = Buffer.from(JSON.stringify(Object.fromEntries(kept)), 'utf8')
    if (text.length > memory.length - 4) continue
    memory.set(text, 4)
    new DataView(memory.buffer, memory.byteOffset).setUint32(0, text.length, true)
    return
  }
}

function living(entries: ActivationEntries): ActivationEntries {
  return new Map([...entries].filter(([, { is }]) => is !== 'over'))
}

function isEntry(entry: [string, unknown]): entry is [string, ActivationEntry] {
  const { number, is } = (entry[1] ?? {}) as Record<string, unknown>
  return (
    Number.isSafeInteger(number) &&
    (number as number) < HIGHEST &&
    (is === 'asked' || is === 'live' || is === 'over')
  )
}
