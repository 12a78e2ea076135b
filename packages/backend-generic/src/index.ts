/**
 * What any platform with Node can tell about its network: which interfaces have addresses. It observes by looking again and
 * again, says so, and changes nothing. The backend for machines that have no better one.
 *
 * @packageDocumentation
 */
export { type GenericOptions, generic } from './generic-driver.js'
export type { InterfaceAddress, Interfaces } from './system-reader.js'
