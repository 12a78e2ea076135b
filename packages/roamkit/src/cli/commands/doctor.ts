import type { Diagnosis, NetworkConfigurationManager } from '@roamkit/core'
import { backendAdvice } from '../backend-advice.js'
import { matchingConfigurations, notFound } from '../find-configuration.js'
import { openManager } from '../open-manager.js'
import type { Output } from '../output.js'
import { doctorPage } from '../reports/doctor-page.js'
import type { Examination } from '../reports/examination.js'
import { heldLinks } from '../reports/held-links.js'
import type { DoctorRequest } from '../request.js'

/**
 * Says which backend is used, what can be done with it, and whether each configuration, or the one that is asked about, can
 * be opened; reads only. Resolves to the exit code: 0 if all of it can be opened, or may be, else 1.
 */
export async function doctor(request: DoctorRequest, output: Output): Promise<number> {
  const examination = await examine(request, output)
  if (request.format === 'json') output.json(examination, output.isTerminal ? 'pretty' : 'line')
  else
    for (const line of doctorPage(examination, {
      detail: request.target === null ? 'brief' : 'full',
      paint: output.paint,
      columns: output.columns,
    }))
      output.line(line)
  return isWell(examination) ? 0 : 1
}

async function examine(request: DoctorRequest, output: Output): Promise<Examination> {
  const opened = await managerOrFailure(request)
  if ('failure' in opened) return { backend: opened, machine: null, configurations: [], holders: [] }
  await using manager = opened
  const { backend } = manager
  const passedOver = backend.passedOver.map(({ name, error }) => ({ name, message: error.message }))
  const configurations = askedAbout(manager, request.target, output)
  return {
    backend: { name: backend.name, passedOver, failure: null },
    machine: manager.diagnoseMachine(),
    configurations,
    holders: heldLinks(manager, configurations),
  }
}

/** All configurations, or the one that is meant, or all that may be meant; one that is not there gets a diagnosis, too. */
function askedAbout(
  manager: NetworkConfigurationManager,
  target: string | null,
  output: Output,
): readonly Diagnosis[] {
  const all = manager.allConfigurations()
  const asked = target === null ? all : matchingConfigurations(target, all)
  if (target === null || asked.length > 0) return asked.map((one) => manager.diagnose(one)).sort(byVerdict)
  output.note(notFound(target, all))
  return [manager.diagnose(target)]
}

/** A backend that is not there is the first thing that a doctor is asked about. */
async function managerOrFailure(
  request: DoctorRequest,
): Promise<NetworkConfigurationManager | Examination['backend']> {
  try {
    return await openManager(request)
  } catch (error) {
    if (!(error instanceof Error) || error.name !== 'BackendError') throw error
    return {
      name: request.backend,
      passedOver: [],
      failure: { message: error.message, advice: backendAdvice(error) },
    }
  }
}

const VERDICTS: readonly Diagnosis['canOpen'][] = ['yes', 'maybe', 'no']

function byVerdict(left: Diagnosis, right: Diagnosis): number {
  return VERDICTS.indexOf(left.canOpen) - VERDICTS.indexOf(right.canOpen)
}

function isWell({ machine, configurations }: Examination): boolean {
  if (machine === null || machine.findings.some(({ severity }) => severity === 'problem')) return false
  return configurations.every(({ canOpen }) => canOpen !== 'no')
}
