/** What a notification of the WLAN service says, in order; tables tell the rest. */
export type WifiNote =
  | {
      readonly kind: 'started' | 'completed' | 'failed' | 'disconnecting' | 'disconnected'
      readonly guid: string
      /** Empty where Windows names none. */
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

/** Whether it tells by itself what became of a link; the others only say what to read again. */
export const tellsOfLink = (note: WifiNote): boolean =>
  'profile' in note || note.kind === 'roaming' || note.kind === 'roamed'
