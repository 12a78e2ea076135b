/**
 * Network links of a Linux machine as NetworkManager knows and runs them, for `@roamkit/core`: a driver that reports facts
 * about NetworkManager's connection profiles and carries out activations, over the system D-Bus.
 *
 * @packageDocumentation
 */
export { type NetworkManagerOptions, networkManager } from './network-manager.js'
