import type { Permission } from '@roamkit/core/contract'
import { NM } from './names.js'
import { type Properties, text } from './property.js'

/** What this process's user may do. */
export interface PermissionAnswers {
  /** `network-control`: activate, deactivate, check connectivity. */
  readonly control: Permission
  /** `wifi.scan` */
  readonly scan: Permission
}

/** Before NetworkManager has answered, or if it does not. */
export const UNKNOWN_PERMISSIONS: PermissionAnswers = Object.freeze({ control: 'unknown', scan: 'unknown' })

/** Translates the answer of `Manager.GetPermissions`. */
export function permissionsOf(answers: Properties): PermissionAnswers {
  return {
    control: permission(text(answers, `${NM}.network-control`)),
    scan: permission(text(answers, `${NM}.wifi.scan`)),
  }
}

function permission(answer: string): Permission {
  if (answer === 'yes' || answer === 'no') return answer
  return answer === 'auth' ? 'ask' : 'unknown'
}
