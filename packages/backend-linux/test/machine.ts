import type { Ended, LinkConfiguration } from '@roamkit/core/contract'
import { expect } from 'vitest'
import { Mirror } from '../src/networkmanager/objects/mirror.js'
import { SETTINGS } from '../src/networkmanager/objects/names.js'
import type { PermissionAnswers } from '../src/networkmanager/permissions.js'
import { Translator } from '../src/networkmanager/translate/translator.js'
import { asSent, sent } from './as-sent.js'
import { AT, LAB_A, type Objects, settings } from './captured.js'

/** What NetworkManager says of a machine, as plain objects. */
export interface Machine {
  readonly objects: Objects
  readonly settings?: Record<string, ReturnType<typeof settings>>
  readonly permissions?: Partial<PermissionAnswers>
  readonly visibleNetworks?: boolean
  readonly keptNetworks?: ReadonlySet<string>
  readonly ended?: Ended
  readonly begun?: string
}

/** The world that is made of it. */
export function translate(machine: Machine) {
  const mirror = new Mirror()
  mirror.fill(asSent(machine.objects))
  for (const [number, facts] of Object.entries(machine.settings ?? { 1: settings('lab-a', LAB_A) }))
    mirror.annotate(`${AT}/Settings/${number}`, SETTINGS, sent(facts))
  const translator = new Translator(
    mirror,
    {
      scope: 'here',
      statistics: true,
      directRouting: true,
      sleep: () => ({ isPreparingForSleep: false, networkManager: { isAsleep: false, hasSlept: false } }),
      visibleNetworks: machine.visibleNetworks ?? false,
      keptNetworks: machine.keptNetworks ?? new Set(),
      permissions: () => ({
        control: 'yes',
        scan: 'yes',
        modifyOwn: 'yes',
        modifySystem: 'yes',
        ...machine.permissions,
      }),
      lastEnd: () => machine.ended ?? null,
      isBegunHere: (path) => machine.begun === path,
      activation: (path) => `fresh/${path.slice(path.lastIndexOf('/') + 1)}`,
    },
    null,
  )
  return { mirror, translator, world: translator.world() }
}

/** The only configuration in it. */
export function only(machine: Machine): LinkConfiguration {
  const { configurations } = translate(machine).world
  expect(configurations).toHaveLength(1)
  return configurations[0] as LinkConfiguration
}
