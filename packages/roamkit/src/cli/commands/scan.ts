import { exitCodeOf } from '../exit-codes.js'
import { Interruption } from '../interruption.js'
import { openManager } from '../open-manager.js'
import type { Output } from '../output.js'
import { printConfigurations } from '../reports/configuration-list.js'
import type { ScanRequest } from '../request.js'

/**
 * Scans, then prints the configurations and the networks without a profile. If the system does not scan, prints what it knows and says why it does not.
 * Resolves to the exit code.
 */
export async function scan(request: ScanRequest, output: Output): Promise<number> {
  using interruption = new Interruption(output)
  const { signal } = interruption
  const log = (event: string, detail?: object) => {
    if (event === 'scanFailed') output.note(`cannot scan: ${messageOf(detail)}`)
  }
  try {
    await using manager = await openManager(request, { signal, log }, { visibleNetworks: true })
    await manager.updateConfigurations({ signal })
    printConfigurations(manager, request, output)
    return 0
  } catch (error) {
    if (interruption.by !== null) return exitCodeOf(interruption.by)
    throw error
  }
}

function messageOf(detail: object | undefined): string {
  const { error } = (detail ?? {}) as { readonly error?: unknown }
  return error instanceof Error ? error.message : 'the system gave no reason'
}
