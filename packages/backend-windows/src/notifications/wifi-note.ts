/** A notification of the WLAN service. Notifications show the order of events; tables show everything else. */
export type WifiNote =
  | {
      readonly kind: 'started' | 'completed' | 'failed' | 'disconnecting' | 'disconnected'
      readonly guid: string
      /** Empty if Windows names none. */
      readonly profile: string
      /** WLAN_REASON_CODE; 0: success. */
      readonly reason: number
    }
  | {
      readonly kind:
        | 'interfaces'
        | 'profiles'
        | 'scanned'
        | 'scanFailed'
        | 'networks'
        | 'roaming'
        | 'roamed'
        | 'signal'
        | 'radio'
        | 'other'
      readonly guid: string
    }

/** Whether the notification changes a link by itself. All others only say what to read again. */
export const changesLink = (note: WifiNote): boolean =>
  'profile' in note || note.kind === 'roaming' || note.kind === 'roamed'
