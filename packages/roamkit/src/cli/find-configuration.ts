import type { NetworkConfiguration } from '@roamkit/core'
import { nearest } from '@roamkit/core/backend-kit'

/** The target matches no configuration, or more than one. The message contains untrusted text: escape it. */
class NotFoundError extends Error {
  override readonly name = 'NotFoundError'
}

/** How many configurations a message lists at most. */
const LIST = 8

/** The configuration with that identifier, else all with that name. */
export function matchingConfigurations(
  target: string,
  configurations: readonly NetworkConfiguration[],
): readonly NetworkConfiguration[] {
  const exact = configurations.find(({ identifier }) => identifier === target)
  return exact === undefined ? configurations.filter(({ name }) => name === target) : [exact]
}

/**
 * The configuration with that identifier, else the only one with that name.
 * @throws NotFoundError that lists the candidates
 */
export function findConfiguration(
  target: string,
  configurations: readonly NetworkConfiguration[],
): NetworkConfiguration {
  const matching = matchingConfigurations(target, configurations)
  const [only] = matching
  if (only === undefined) throw new NotFoundError(notFound(target, configurations))
  if (matching.length === 1) return only
  const identifiers = matching.map(({ identifier }) => identifier)
  throw new NotFoundError(
    `${matching.length} configurations have the name '${target}'; use an identifier: ${listed(identifiers)}`,
  )
}

/** The message for a configuration that does not exist, with suggestions. Contains untrusted text: escape it. */
export function notFound(target: string, configurations: readonly NetworkConfiguration[]): string {
  return `there is no configuration '${target}'; ${hint(target, configurations)}`
}

function hint(target: string, configurations: readonly NetworkConfiguration[]): string {
  if (configurations.length === 0) return 'there are no configurations: run roamkit doctor'
  const words = configurations.flatMap(({ name, identifier }) => [name, identifier])
  const [guess] = nearest(target, words)
  if (guess !== undefined) return `did you mean '${guess}'?`
  return `there are ${listed([...new Set(configurations.map(({ name }) => `'${name}'`))])}`
}

function listed(words: readonly string[]): string {
  const shown = words.slice(0, LIST).join(', ')
  return words.length > LIST ? `${shown} and ${words.length - LIST} more` : shown
}
