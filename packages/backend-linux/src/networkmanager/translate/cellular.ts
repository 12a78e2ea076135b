import type { Cellular } from '@roamkit/core/contract'
import { number, type Properties, text } from '../../bus/property.js'

/** Characters. The names of operators have a dozen or two. */
const LONGEST_NAME = 128

/** `MMModem3gppRegistrationState`: with all services, for SMS only, and without a preference for calls. In all others it is not registered. */
const REGISTRATIONS: ReadonlyMap<number, Cellular['registration']> = new Map([
  ...[1, 6, 9].map((state) => [state, 'home'] as const),
  ...[5, 7, 10].map((state) => [state, 'visited'] as const),
])

/**
 * The mobile network of a modem (rule T4); `null` if nothing is known of it.
 *
 * @param modem what NetworkManager says: the operator's code, while there is a connection
 * @param registration what ModemManager says, as properties of `Modem.Modem3gpp`
 */
export function cellularOf(
  modem: Properties | undefined,
  registration: Properties | undefined,
): Cellular | null {
  const operator = nameOf(text(registration, 'OperatorName'))
  const operatorCode = codeOf(text(registration, 'OperatorCode')) ?? codeOf(text(modem, 'OperatorCode'))
  const registered = REGISTRATIONS.get(number(registration, 'RegistrationState')) ?? null
  if (operator === null && operatorCode === null && registered === null) return null
  return { operator, operatorCode, registration: registered }
}

function nameOf(said: string): string | null {
  const name = said.trim()
  return name === '' || name.length > LONGEST_NAME ? null : name
}

function codeOf(said: string): string | null {
  return /^\d{5,6}$/.test(said) ? said : null
}
