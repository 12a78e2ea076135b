// Names and numbers of NetworkManager's D-Bus interface, as in its reference manual (https://networkmanager.dev/docs/api/latest/).

export const NM = 'org.freedesktop.NetworkManager'
export const MANAGER_PATH = '/org/freedesktop/NetworkManager'
export const ROOT_PATH = '/org/freedesktop'
export const OBJECT_MANAGER = 'org.freedesktop.DBus.ObjectManager'
export const PROPERTIES = 'org.freedesktop.DBus.Properties'
export const DEVICE = `${NM}.Device`
export const WIRED = `${NM}.Device.Wired`
export const WIRELESS = `${NM}.Device.Wireless`
export const ACTIVE = `${NM}.Connection.Active`
export const ACCESS_POINT = `${NM}.AccessPoint`
export const IP4 = `${NM}.IP4Config`
export const IP6 = `${NM}.IP6Config`
export const DHCP4 = `${NM}.DHCP4Config`
export const PROFILE = `${NM}.Settings.Connection`
export const SETTINGS = `${NM}.Settings`
export const SETTINGS_PATH = `${MANAGER_PATH}/Settings`
export const AGENT_MANAGER = `${NM}.AgentManager`
export const AGENT_MANAGER_PATH = `${MANAGER_PATH}/AgentManager`
export const SECRET_AGENT = `${NM}.SecretAgent`
export const SECRET_AGENT_PATH = `${MANAGER_PATH}/SecretAgent`

/** `NMState` */
export const STATE = {
  disconnected: 20,
  disconnecting: 30,
  connecting: 40,
  connectedLocal: 50,
  connectedSite: 60,
  connectedGlobal: 70,
}

/** `NMDeviceState` */
export const DEVICE_STATE = {
  unmanaged: 10,
  unavailable: 20,
  disconnected: 30,
  prepare: 40,
  config: 50,
  needAuth: 60,
  ipConfig: 70,
  ipCheck: 80,
  secondaries: 90,
  activated: 100,
  deactivating: 110,
  failed: 120,
}

/** `NMDeviceStateReason` */
export const REASON = {
  none: 0,
  nowManaged: 2,
  ipConfigUnavailable: 5,
  noSecrets: 7,
  supplicantDisconnect: 8,
  supplicantTimeout: 11,
  connectionRemoved: 38,
  userRequested: 39,
  carrier: 40,
  supplicantAvailable: 42,
  ssidNotFound: 53,
  newActivation: 60,
}

/** `NMActiveConnectionState` */
export const ACTIVE_STATE = { activating: 1, activated: 2, deactivating: 3, deactivated: 4 }

/** `NMConnectivityState` */
export const CONNECTIVITY = { unknown: 0, none: 1, full: 4 }

/** `NMMetered` */
export const METERED = { unknown: 0, guessedNo: 4 }
