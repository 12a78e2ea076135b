/** Names of NetworkManager's D-Bus interface, as in its reference manual (https://networkmanager.dev/docs/api/latest/). */

/** The service and the prefix of its interfaces. */
export const NM = 'org.freedesktop.NetworkManager'
/** The Manager object. */
export const MANAGER_PATH = '/org/freedesktop/NetworkManager'
/** Root of all objects, where the ObjectManager lives. */
export const ROOT_PATH = '/org/freedesktop'

/** Reports which objects there are; standard D-Bus. */
export const OBJECT_MANAGER = 'org.freedesktop.DBus.ObjectManager'

/** Where profiles are added. */
export const SETTINGS_PATH = '/org/freedesktop/NetworkManager/Settings'
/** Adds profiles. */
export const SETTINGS_SERVICE = `${NM}.Settings`
/** Where secret agents register. */
export const AGENT_MANAGER_PATH = '/org/freedesktop/NetworkManager/AgentManager'
/** Registers secret agents. */
export const AGENT_MANAGER = `${NM}.AgentManager`
/** What a secret agent has, at the path where NetworkManager expects it. */
export const SECRET_AGENT = `${NM}.SecretAgent`
/** Where NetworkManager calls a secret agent. */
export const SECRET_AGENT_PATH = '/org/freedesktop/NetworkManager/SecretAgent'

/** A profile in use. */
export const ACTIVE = `${NM}.Connection.Active`
/** A connection profile. */
export const PROFILE = `${NM}.Settings.Connection`
/** What all devices have. */
export const DEVICE = `${NM}.Device`
/** What wired devices have besides, veths among them. */
export const WIRED = `${NM}.Device.Wired`
/** What Wi-Fi devices have besides. */
export const WIRELESS = `${NM}.Device.Wireless`
/** What modems have besides. */
export const MODEM = `${NM}.Device.Modem`
/** A Wi-Fi access point (BSSID) in range. */
export const ACCESS_POINT = `${NM}.AccessPoint`
/** IPv4 configuration of a device. */
export const IP4 = `${NM}.IP4Config`
/** IPv6 configuration of a device. */
export const IP6 = `${NM}.IP6Config`

/** ModemManager, and the prefix of its interfaces, as in its reference manual (https://modemmanager.org/docs/). */
export const MODEM_MANAGER = 'org.freedesktop.ModemManager1'
/** Root of its objects, where its ObjectManager lives. */
export const MODEM_MANAGER_PATH = '/org/freedesktop/ModemManager1'
/** What modems for 3GPP networks have there. Kept beside NetworkManager's device. */
export const MODEM_3GPP = `${MODEM_MANAGER}.Modem.Modem3gpp`

/** Ours: what `Settings.Connection.GetSettings` answered for a profile, kept beside its interfaces. */
export const SETTINGS = 'roamkit.settings'
/** Ours: what the kernel says about a device. */
export const KERNEL = 'roamkit.kernel'
