import { checkScenario, LIMITS, type Scenario, ScenarioError } from './scenario.js'

/** What comes before the scenario in the fragment of a link. A fragment never leaves the browser. */
const PREFIX = '#scenario='

/** The fragment of a link that restores a scenario. */
export function linkOf(scenario: Scenario): string {
  const bytes = new TextEncoder().encode(JSON.stringify(scenario))
  const text = Array.from(bytes, (byte) => String.fromCharCode(byte)).join('')
  return PREFIX + btoa(text).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
}

/**
 * The scenario in the fragment of a link; `null`: the fragment has none.
 *
 * @param network the identifier of the service network, which is a target besides the access points
 * @throws ScenarioError if there is one and it is invalid
 */
export function scenarioIn(fragment: string, network: string): Scenario | null {
  if (!fragment.startsWith(PREFIX)) return null
  const text = fragment.slice(PREFIX.length)
  if (text.length > LIMITS.text)
    throw new ScenarioError(`it has ${text.length} characters, and at most ${LIMITS.text} are allowed`)
  return checkScenario(decoded(text), network)
}

function decoded(text: string): unknown {
  try {
    const bytes = Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (one) =>
      one.charCodeAt(0),
    )
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch (cause) {
    throw new ScenarioError('it is cut off or damaged', { cause })
  }
}
