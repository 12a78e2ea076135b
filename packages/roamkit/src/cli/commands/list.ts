import { openManager } from '../open-manager.js'
import type { Output } from '../output.js'
import { printConfigurations } from '../reports/configuration-list.js'
import type { ListRequest } from '../request.js'

/** Prints the configurations. Changes nothing and does not scan. Resolves to the exit code. */
export async function list(request: ListRequest, output: Output): Promise<number> {
  await using manager = await openManager(request)
  printConfigurations(manager, request, output)
  return 0
}
