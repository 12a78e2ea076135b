import { programShape } from '../command-line.js'
import { bashLine } from '../completion/bash-line.js'
import { type Candidate, expectedAt } from '../completion/candidates.js'
import { configurationCandidates } from '../completion/configuration-candidates.js'
import { openManager } from '../open-manager.js'
import type { Output } from '../output.js'
import type { CompleteRequest } from '../request.js'

/** How long the shell waits for the configurations after the tab key, in milliseconds. */
const TIMEOUT = 2000

/**
 * Tells a shell what its last word can become: first the kind, then one value on each line. Changes nothing and does not scan. Resolves to the
 * exit code.
 */
export async function complete({ shell, words }: CompleteRequest, output: Output): Promise<number> {
  const [line = '', replaced = ''] = words
  const bash = shell === 'bash' ? bashLine(line, replaced) : null
  if (shell === 'bash' && bash === null) return 0
  const before = bash?.words.slice(1) ?? words.slice(0, -1)
  const current = bash?.current ?? words.at(-1) ?? ''
  const { kind, candidates } = await answer(before, current)
  output.line(kind)
  for (const { value, says } of candidates) {
    // The others choose themselves, and quote.
    if (bash === null) output.line(says === '' ? value : `${value}\t${says}`)
    else if (value.startsWith(current)) output.line(bash.insertion(value))
  }
  return 0
}

/** What is printed. */
interface Answer {
  readonly kind: 'values' | 'files' | 'commands'
  readonly candidates: readonly Candidate[]
}

async function answer(words: readonly string[], current: string): Promise<Answer> {
  const expected = expectedAt(programShape(), words, current)
  if (expected.kind === 'values') return expected
  if (expected.kind !== 'configuration') return { kind: expected.kind, candidates: [] }
  const { command, prefix, backend, bus } = expected
  await using manager = await openManager(
    { backend: backend ?? (bus === null ? 'platform' : 'networkmanager'), bus },
    { signal: AbortSignal.timeout(TIMEOUT) },
    { visibleNetworks: command !== 'doctor' },
  )
  const found = configurationCandidates(manager.allConfigurations(), current.slice(prefix.length))
  return {
    kind: 'values',
    candidates: found.map(({ value, says }) => ({ value: prefix + value, says })),
  }
}
