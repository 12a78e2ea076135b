import type { Bearer } from '../contract/index.js'
import type { SessionErrorReason } from '../links/failure.js'

const ADVICE: Readonly<Record<SessionErrorReason, string>> = {
  requested: 'Nothing is wrong: open it to bring it up again.',
  denied:
    'Run the program as a user who may control the network, or have the administrator allow it (on Linux polkit decides); where a mobile network refused, ask its operator.',
  secretMissing:
    'Store the password or key with the configuration, in the settings of the system, or run something there that can ask for it; then open it again.',
  secretWrong:
    'Correct the password or key that is stored with the configuration, in the settings of the system; then open it again.',
  outOfRange:
    'Go nearer, switch on what it connects to, or plug the cable in; look for networks again, and open it when it is discovered.',
  carrierLost:
    'Check the cable at both ends and what it leads to; without a cable, go nearer to what it connects to.',
  addressFailed:
    'Check that the network gives out addresses (DHCP), and has one left, or that the fixed address in the configuration is right.',
  radioOff: "Switch the radio on: airplane mode, a key or switch on the machine, or the system's settings.",
  deviceGone:
    'Plug the device in or switch it on, and check that its driver is loaded and that the network service manages it.',
  deviceTaken:
    'Close what uses the device now; where the two take it from each other, let only one of them start by itself.',
  baseLost: 'Bring up the connection that it runs over, then open it again.',
  serviceLost:
    'Start the network service (on Linux: NetworkManager and the system D-Bus) and see its log; sessions go on when it is back.',
  timedOut:
    'Open it again; where it takes that long, give it more time (connectTimeout), and see the log of the network service for what it waits for.',
  other: 'See the log of the network service, which says more.',
  deviceBusy: 'Close the session that holds the other connection, or open one that uses another device.',
  holdersUnknown:
    'If no other program needs the link, take it down with stop(). roamkit doctor says whether programs can be counted.',
  notSupported:
    "Use a backend that can do it (on Linux: NetworkManager), or let the system's own means do it: what is up can be opened.",
  unknownConfiguration:
    'Check the identifier against the list of configurations: it may be gone, or may belong to another user.',
  chooserFailed:
    'Correct the chooser of the application: it must answer with the identifier of one of the candidates, or with null. The cause of the error says what went wrong.',
  removed: 'Open another configuration, or set this one up again in the settings of the system.',
  stopped: 'Find out who stopped it, and why; then open it again.',
  lost: 'Open it again when the link is back; with keepOpen a session does so by itself.',
  goneMeanwhile: 'Open the session again; the network service has lost the link while it was restarted.',
  cancelled: 'Nothing is wrong: open it again when it is wanted.',
  closed: 'Open another manager: a closed one stays closed.',
}

/**
 * What to do about a reason, in plain words: a sentence or two, with a full stop. What is wrong says `reasonInWords`.
 */
export function adviceInWords(reason: SessionErrorReason): string {
  return ADVICE[reason]
}

/** What to do where the system does not let this program do something. */
export const GET_PERMISSION =
  'Run the program as a user who may control the network, or have the administrator allow it (on Linux polkit decides).'

/** What to do where the system asks somebody first. */
export const BE_ASKED =
  'Have somebody at the screen to answer, or have the administrator allow it once and for all.'

/** Reasons that do not go away by themselves: the next time may well end the same way. */
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
  removed: false,
  stopped: false,
  lost: false,
  goneMeanwhile: false,
  cancelled: false,
  closed: false,
}

/** Whether what ended so is likely to end so again, as far as the reason alone tells. */
export function isLikelyAgain(reason: SessionErrorReason): boolean {
  return LIKELY_AGAIN[reason]
}

/** What it means for a link of some kind to be out of range, and to be up without carrying anything. */
interface OutOfRange {
  /** Follows a colon. */
  readonly says: string
  readonly advice: string
  /** Follows "it is up, but". */
  readonly lost: string
}

const CABLE: OutOfRange = {
  says: 'no cable is plugged in, or what is at its other end is off, or its device is missing or not managed by the network service',
  advice:
    'Plug the cable in at both ends, and switch on what it leads to; if that is done, check that the device is there, switched on, and managed by the network service.',
  lost: 'its cable carries nothing: it is out, or what is at its other end is off',
}

const RADIO: OutOfRange = {
  says: 'its network is not seen from here, or the radio is switched off, or its device is missing or not managed by the network service',
  advice:
    'Go nearer, check that the radio is on (airplane mode, a switch on the machine), and look for networks again; if others are seen, that network is off or far away.',
  lost: 'nothing is received from its network',
}

const MOBILE: OutOfRange = {
  says: 'there is no modem that could carry it, or its radio is switched off, or it has no SIM card or no reception',
  advice:
    'Check that the modem is plugged in and switched on, with a SIM card in it, and that airplane mode is off.',
  lost: 'nothing is received from its network',
}

const OVER: OutOfRange = {
  says: 'no connection is up for it to run over',
  advice: 'Bring up a connection that leads to the Internet, then open it again.',
  lost: 'what it runs over carries nothing',
}

const MADE: OutOfRange = {
  says: 'its device cannot be made, or what it is made of is missing',
  advice: 'Check in the settings of the system that the devices it is made of are there and are managed.',
  lost: 'what it is made of carries nothing',
}

const ANY: OutOfRange = {
  says: 'no device is there that could carry it now',
  advice: 'Check that its device is there, switched on, connected, and managed by the network service.',
  lost: 'nothing is received',
}

/** By bearer: what "out of range" means is another thing for a cable than for a VPN. */
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
