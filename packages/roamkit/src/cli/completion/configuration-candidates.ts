import type { NetworkConfiguration } from '@roamkit/core'
import { escapeText } from '../../escape.js'
import type { Candidate } from './candidates.js'

/**
 * The names to choose a configuration by. One that names several configurations, that a terminal would obey or hide, or that a command line
 * would take for an option, is replaced by the identifier. Identifiers complete, too, once one is begun.
 */
export function configurationCandidates(
  configurations: readonly NetworkConfiguration[],
  current: string,
): readonly Candidate[] {
  const takenBy = new Map<string, number>()
  for (const { name, identifier } of configurations)
    for (const word of new Set([name, identifier])) takenBy.set(word, (takenBy.get(word) ?? 0) + 1)
  return configurations.flatMap(({ name, identifier, bearerTypeName, state }) => {
    const byName = takenBy.get(name) === 1 && isHarmless(name)
    const candidates: readonly Candidate[] = [
      ...(byName ? [{ value: name, says: escapeText(`${bearerTypeName}, ${state}`) }] : []),
      ...(!byName || (current !== '' && identifier.startsWith(current))
        ? [{ value: identifier, says: escapeText(name) }]
        : []),
    ]
    return candidates.filter(({ value }) => isHarmless(value))
  })
}

function isHarmless(word: string): boolean {
  return word !== '' && !word.startsWith('-') && escapeText(word) === word
}
