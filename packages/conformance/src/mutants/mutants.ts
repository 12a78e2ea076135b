import { changeMutants } from './change-mutants.js'
import { commandMutants, endingMutants } from './command-mutants.js'
import { driverMutants } from './driver-mutants.js'
import { holderMutants } from './holder-mutants.js'
import type { Mutant } from './mutant.js'
import { secretMutants } from './secret-mutants.js'
import { storingMutants } from './storing-mutants.js'
import { worldMutants } from './world-mutants.js'

/**
 * Backends that are wrong on purpose, at least one for each law that can be broken within one process. Each proves that its law catches
 * the mistake. They wrap a driver that keeps every law, such as the mock.
 */
export const mutants: readonly Mutant[] = Object.freeze([
  ...driverMutants,
  ...worldMutants,
  ...changeMutants,
  ...commandMutants,
  ...endingMutants,
  ...secretMutants,
  ...storingMutants,
  ...holderMutants,
])
