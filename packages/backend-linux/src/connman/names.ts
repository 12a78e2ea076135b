/** Names of ConnMan's D-Bus interface, as in its documentation (`doc/*-api.txt` of ConnMan 1.41). */

/** The service, and the prefix of its interfaces and errors. */
export const CONNMAN = 'net.connman'
/** Lists services and technologies, and registers agents. */
export const MANAGER = `${CONNMAN}.Manager`
/** The path of the Manager, and the root of all objects. */
export const MANAGER_PATH = '/'
/** Something to connect to: a cable, a Wi-Fi network, a SIM card, a VPN. */
export const SERVICE = `${CONNMAN}.Service`
/** What comes before a service's identifier in its object path. */
export const SERVICE_ROOT = '/net/connman/service/'
/** All devices of one kind: `wifi`, `ethernet`. */
export const TECHNOLOGY = `${CONNMAN}.Technology`
/** What ConnMan asks for secrets. */
export const AGENT = `${CONNMAN}.Agent`
/** Where ConnMan calls our agent. */
export const AGENT_PATH = '/net/roamkit/connman_agent'
/** Reports that the object of a service is gone, a moment before the Manager does; standard D-Bus. */
export const OBJECT_MANAGER = 'org.freedesktop.DBus.ObjectManager'
