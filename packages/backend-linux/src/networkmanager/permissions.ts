import { deferred } from '@roamkit/core/backend-kit'
import type { Permission } from '@roamkit/core/contract'
import { dictionary, type Properties, text } from '../bus/property.js'
import { NM } from './objects/names.js'

/** What this process's user may do. */
export interface PermissionAnswers {
  /** `network-control`: activate, deactivate, check connectivity. */
  readonly control: Permission
  /** `wifi.scan` */
  readonly scan: Permission
  /** `settings.modify.own`: profiles that only this user may see. */
  readonly modifyOwn: Permission
  /** `settings.modify.system`: profiles of all users. */
  readonly modifySystem: Permission
}

/** Before NetworkManager has answered, or if it does not. */
const UNKNOWN_PERMISSIONS: PermissionAnswers = Object.freeze({
  control: 'unknown',
  scan: 'unknown',
  modifyOwn: 'unknown',
  modifySystem: 'unknown',
})

/** Translates the answer of `Manager.GetPermissions`. */
function permissionsOf(answers: Properties): PermissionAnswers {
  return {
    control: permission(text(answers, `${NM}.network-control`)),
    scan: permission(text(answers, `${NM}.wifi.scan`)),
    modifyOwn: permission(text(answers, `${NM}.settings.modify.own`)),
    modifySystem: permission(text(answers, `${NM}.settings.modify.system`)),
  }
}

function permission(answer: string): Permission {
  if (answer === 'yes' || answer === 'no') return answer
  return answer === 'auth' ? 'ask' : 'unknown'
}

/** What {@link Permissions} needs. */
export interface PermissionsPort {
  /** `Manager.GetPermissions` */
  ask(): Promise<unknown>
  /** Called after each answer, also if there is none. */
  onChange(): void
  log(event: string, detail: object): void
}

/** The permissions as last answered. */
export class Permissions {
  readonly #port: PermissionsPort
  readonly #first = deferred()
  #answers: PermissionAnswers = UNKNOWN_PERMISSIONS
  #questions = 0

  constructor(port: PermissionsPort) {
    this.#port = port
  }

  get answers(): PermissionAnswers {
    return this.#answers
  }

  /** Resolves with the first answer, whatever it is. */
  get first(): Promise<void> {
    return this.#first.promise
  }

  /** Asks for them. If that question is under way already, asks once more after its answer. */
  refresh(): void {
    this.#questions += 1
    if (this.#questions === 1) void this.#read()
  }

  async #read(): Promise<void> {
    for (; this.#questions > 0; this.#questions -= 1) {
      this.#questions = 1
      try {
        this.#answers = permissionsOf(dictionary(await this.#port.ask()))
      } catch (error) {
        this.#answers = UNKNOWN_PERMISSIONS
        this.#port.log('cannot read the permissions', { error })
      }
      this.#first.resolve()
      this.#port.onChange()
    }
  }
}
