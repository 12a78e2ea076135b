/** Names of NetworkManager's D-Bus interface, as in its reference manual (https://networkmanager.dev/docs/api/latest/). */

/** The service and the prefix of its interfaces. */
export const NM = 'org.freedesktop.NetworkManager'
/** The Manager object. */
export const MANAGER_PATH = '/org/freedesktop/NetworkManager'
/** Root of all objects, where the ObjectManager lives. */
export const ROOT_PATH = '/org/freedesktop'

export const OBJECT_MANAGER = 'org.freedesktop.DBus.ObjectManager'
export const PROPERTIES = 'org.freedesktop.DBus.Properties'

export const ACTIVE = `${NM}.Connection.Active`
export const PROFILE = `${NM}.Settings.Connection`
export const DEVICE = `${NM}.Device`
export const WIRED = `${NM}.Device.Wired`
export const WIRELESS = `${NM}.Device.Wireless`
export const MODEM = `${NM}.Device.Modem`
export const ACCESS_POINT = `${NM}.AccessPoint`
export const IP4 = `${NM}.IP4Config`
export const IP6 = `${NM}.IP6Config`

/** Ours: what `Settings.Connection.GetSettings` answered for a profile, kept beside its interfaces. */
export const SETTINGS = 'roamkit.settings'
/** Ours: what the kernel says about a device. */
export const KERNEL = 'roamkit.kernel'
