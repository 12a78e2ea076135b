import type { Bearer, Cellular } from '../contract/index.js'
import type { SessionErrorReason } from '../links/failure.js'

const ADVICE: Readonly<Record<SessionErrorReason, string>> = {
  requested: 'Nothing is wrong. To bring it up again, open it.',
  denied:
    'Run the program as a user who may control the network, or ask an administrator to grant the permission (on Linux, in polkit). If a mobile network refused the connection, ask its operator.',
  secretMissing:
    'Store the password or key with the configuration in the system settings, or open it with a program that asks for it (roamkit open does).',
  secretWrong:
    'Correct the password or key that the system settings store with the configuration. Then open it again.',
  outOfRange:
    'Move closer, switch on the access point or device that it connects to, or plug in the cable. Then scan again, and open it when it is discovered.',
  carrierLost:
    'Check both ends of the cable and the device at its other end. If there is no cable, move closer to the access point.',
  addressFailed:
    'Check that the network assigns addresses (DHCP) and has a free one, or that the static address in the configuration is correct.',
  radioOff:
    'Switch the radio on. Check airplane mode, the keys and switches of the machine, and the system settings.',
  deviceGone:
    'Plug in the device or switch it on. Check that its driver is loaded and that the network service manages it.',
  deviceTaken:
    'Disconnect the connection that uses the device now. If the two keep taking it from each other, let only one of them connect automatically.',
  baseLost: 'Bring up the connection that it runs over. Then open it again.',
  serviceLost:
    'Start the network service (on Linux: NetworkManager, ConnMan or systemd-networkd, and the system D-Bus) and check its log. Sessions continue when it is back.',
  timedOut:
    'Open it again. If it regularly takes this long, allow more time (connectTimeout), and check the log of the network service for what it is waiting for.',
  other: 'Check the log of the network service for details.',
  deviceBusy:
    'Close the session that holds the other connection, or open a configuration that uses another device.',
  holdersUnknown:
    'If no other program needs the link, take it down with stop(). To see whether Roamkit can count the programs that use a link, run roamkit doctor.',
  notSupported:
    'Use a backend that supports it (on Linux: NetworkManager, ConnMan or systemd-networkd), or use the tools of the system. A link that is already up can be opened.',
  unknownConfiguration:
    'Compare the identifier with the list of configurations. The configuration may have been removed, or may belong to another user.',
  chooserFailed:
    'Correct the chooser of the application: it must return the identifier of one of the candidates, or null. The cause of the error has the details.',
  secretsFailed:
    'Correct the function that the application passes as secrets: it must return the fields that it is asked for, or null.',
  removed: 'Open another configuration, or set this one up again in the system settings.',
  stopped: 'Find out which program stopped it, and why. Then open it again.',
  lost: 'Open it again when the link is back. With keepOpen, a session does so automatically.',
  goneMeanwhile: 'Open the session again. The network service lost the link while it restarted.',
  cancelled: 'Nothing is wrong. Open it again when you need it.',
  closed: 'Open a new manager. A closed manager cannot be reopened.',
}

/**
 * What to do about a reason, in one or two full sentences. `reasonInWords` says what is wrong.
 */
export function adviceInWords(reason: SessionErrorReason): string {
  return ADVICE[reason]
}

/** What to do if this program cannot bring a link up. The facts do not say whether that is a matter of permission. */
export const GET_PERMISSION =
  'Run the program as a user who may control the network, or ask an administrator to grant the permission (on Linux, in polkit). If no user may, bring the link up with the tools of the system: a link that is already up can be opened.'

/** What to do if the system asks for permission first. */
export const BE_ASKED =
  'Answer the permission prompt, or ask an administrator to grant the permission permanently.'

/** Reasons that do not go away on their own: the next attempt is likely to fail for the same reason. */
const LIKELY_AGAIN: Readonly<Record<SessionErrorReason, boolean>> = {
  requested: false,
  denied: true,
  secretMissing: true,
  secretWrong: true,
  outOfRange: false,
  carrierLost: false,
  addressFailed: true,
  radioOff: false,
  deviceGone: false,
  deviceTaken: false,
  baseLost: false,
  serviceLost: false,
  timedOut: true,
  other: false,
  deviceBusy: false,
  holdersUnknown: true,
  notSupported: true,
  unknownConfiguration: false,
  chooserFailed: true,
  secretsFailed: true,
  removed: false,
  stopped: false,
  lost: false,
  goneMeanwhile: false,
  cancelled: false,
  closed: false,
}

/** Whether another attempt is likely to fail for the same reason, judged by the reason alone. */
export function isLikelyAgain(reason: SessionErrorReason): boolean {
  return LIKELY_AGAIN[reason]
}

/** What it means for a kind of link to be out of range, and to be up without carrying traffic. */
interface OutOfRange {
  /** Follows a colon. */
  readonly says: string
  readonly advice: string
  /** Follows "it is up, but". */
  readonly lost: string
}

const CABLE: OutOfRange = {
  says: 'no cable is plugged in, the device at its other end is off, or its network adapter is missing or not managed by the network service',
  advice:
    'Plug in the cable at both ends, and switch on the device at its other end. If that does not help, check that the network adapter is present, enabled and managed by the network service.',
  lost: 'its cable has no signal: it is unplugged, or the device at its other end is off',
}

const RADIO: OutOfRange = {
  says: 'its network is not visible from here, the radio is off, or its device is missing or not managed by the network service',
  advice:
    'Move closer, check that the radio is on (airplane mode, a switch on the machine), and scan again. If other networks are visible, this one is off or too far away.',
  lost: 'it receives nothing from its network',
}

const MOBILE: OutOfRange = {
  says: 'there is no suitable modem, or the modem has no SIM card, no reception, or its radio is off',
  advice:
    'Check that the modem is plugged in, switched on and has a SIM card, and that airplane mode is off.',
  lost: 'it receives nothing from its network',
}

const OVER: OutOfRange = {
  says: 'the connection that it runs over is not up',
  advice: 'Bring up a connection to the Internet. Then open it again.',
  lost: 'the connection it runs over carries no traffic',
}

const MADE: OutOfRange = {
  says: 'its device cannot be created, or an underlying device is missing',
  advice: 'Check in the system settings that its underlying devices are present and managed.',
  lost: 'its underlying devices carry no traffic',
}

const ANY: OutOfRange = {
  says: 'no suitable device is available',
  advice: 'Check that its device is present, switched on, connected, and managed by the network service.',
  lost: 'it receives nothing',
}

/** By bearer: "out of range" means one thing for a cable and another for a VPN. */
export const OUT_OF_REACH: Readonly<Record<Bearer, OutOfRange>> = {
  unknown: ANY,
  ethernet: CABLE,
  wlan: RADIO,
  '2G': MOBILE,
  cdma2000: MOBILE,
  wcdma: MOBILE,
  hspa: MOBILE,
  bluetooth: RADIO,
  wimax: RADIO,
  evdo: MOBILE,
  lte: MOBILE,
  '3G': MOBILE,
  '4G': MOBILE,
  '5G': MOBILE,
  cellular: MOBILE,
  wireguard: OVER,
  vpn: OVER,
  bridge: MADE,
  bond: MADE,
  vlan: MADE,
  tunnel: MADE,
}

/** What it means that a modem is registered in the network of another operator (rule T4). */
export function visitedWords({ operator, operatorCode }: Cellular): string {
  const name = operator ?? operatorCode
  const network =
    name === null ? 'the network of another operator' : `the network of another operator, '${name}'`
  return `Its modem is registered in ${network}. Traffic may cost more than at home.`
}

/** Why a link is not brought up whose `activate` is `no`. */
export const NOT_PERMITTED =
  'This program cannot bring it up: the backend or the settings of the link rule it out, or the system does not grant this user the permission.'
