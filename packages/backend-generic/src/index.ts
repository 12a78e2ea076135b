/**
 * The backend for machines that have no better one. It polls the one thing that Node reports about the network on every platform: which
 * interfaces have addresses. It only observes, and changes nothing.
 *
 * @packageDocumentation
 */
export { type GenericOptions, generic } from './generic-driver.js'
export type { InterfaceAddress, Interfaces } from './system-reader.js'
