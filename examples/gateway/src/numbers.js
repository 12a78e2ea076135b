import { escapeText } from 'roamkit'

/**
 * What the gateway has done so far. `waiting` and `inFlight` are how many readings it keeps now.
 *
 * @typedef {object} Numbers
 * @property {number} readings that came in
 * @property {number} acknowledged that the broker has
 * @property {number} waiting for a connection
 * @property {number} inFlight sent and not acknowledged
 * @property {number} resent sent again over another connection
 * @property {number} dropped because there was no room
 * @property {number} connections that were made
 */

/**
 * @typedef {'reading' | 'sent' | 'resent' | 'acknowledged' | 'dropped' | 'connected'} Happening
 */

/** @type {Numbers} */
export const NOTHING = Object.freeze({
  readings: 0,
  acknowledged: 0,
  waiting: 0,
  inFlight: 0,
  resent: 0,
  dropped: 0,
  connections: 0,
})

/**
 * The numbers after something has happened.
 *
 * @param {Numbers} numbers
 * @param {Happening} happening
 * @returns {Numbers}
 */
export function count(numbers, happening) {
  const { readings, acknowledged, waiting, inFlight, resent, dropped, connections } = numbers
  switch (happening) {
    case 'reading':
      return { ...numbers, readings: readings + 1, waiting: waiting + 1 }
    case 'sent':
      return { ...numbers, waiting: waiting - 1, inFlight: inFlight + 1 }
    case 'resent':
      return { ...numbers, resent: resent + 1 }
    case 'acknowledged':
      return { ...numbers, inFlight: inFlight - 1, acknowledged: acknowledged + 1 }
    case 'dropped':
      return { ...numbers, waiting: waiting - 1, dropped: dropped + 1 }
    case 'connected':
      return { ...numbers, connections: connections + 1 }
  }
}

/**
 * One line for a terminal. The name comes from outside.
 *
 * @param {Numbers} numbers
 * @param {{ readonly state: string, readonly name: string }} link
 */
export function inWords(numbers, { state, name }) {
  const { readings, acknowledged, waiting, inFlight, resent, dropped, connections } = numbers
  const where = name === '' ? state : `${state} on ${escapeText(name)}`
  return `${where}: ${acknowledged} of ${readings} acknowledged, ${inFlight} in flight, ${waiting} waiting, ${dropped} dropped, ${resent} resent, ${connections} connections`
}
