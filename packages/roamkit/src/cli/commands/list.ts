import type { ConfigurationState, NetworkConfiguration, NetworkConfigurationManager } from '@roamkit/core'
import { openManager } from '../open-manager.js'
import type { Output } from '../output.js'
import { plainConfiguration } from '../reports/plain-configuration.js'
import type { ListRequest } from '../request.js'
import { escapeText } from '../terminal/escape.js'
import type { Paint } from '../terminal/paint.js'
import { type Cell, table } from '../terminal/table.js'

/** Prints the configurations. Changes nothing and does not scan. Resolves to the exit code. */
export async function list(request: ListRequest, output: Output): Promise<number> {
  await using manager = await openManager(request)
  const configurations = activeFirst(manager.allConfigurations())
  if (request.format === 'json')
    output.json(configurations.map(plainConfiguration), output.isTerminal ? 'pretty' : 'line')
  else for (const line of describeHost(manager, configurations, output)) output.line(line)
  return 0
}

const ORDER: readonly ConfigurationState[] = ['active', 'discovered', 'defined', 'undefined']

/** The order of the list: by state, then by name, then by identifier. */
function activeFirst(configurations: readonly NetworkConfiguration[]): readonly NetworkConfiguration[] {
  return [...configurations].sort(
    (left, right) =>
      ORDER.indexOf(left.state) - ORDER.indexOf(right.state) ||
      compare(left.name, right.name) ||
      compare(left.identifier, right.identifier),
  )
}

/** The type is cut first, because it says the least. An identifier is never cut, so that it can be copied. */
const FIT = { cut: [3], below: 5, cutLast: [4, 0, 2, 1] } as const

function describeHost(
  manager: NetworkConfigurationManager,
  configurations: readonly NetworkConfiguration[],
  { paint, columns }: Pick<Output, 'paint' | 'columns'>,
): readonly string[] {
  const fallback = manager.defaultConfiguration()
  const summary = [
    `backend ${manager.backend.name}${manager.capabilities.polling ? ' (polling)' : ''}`,
    manager.isOnline ? paint.good('online') : paint.bad('offline'),
    fallback.isValid ? `default ${paint.strong(escapeText(fallback.name))}` : 'no default',
  ]
  if (manager.service === 'lost') summary.push(paint.bad('service unavailable'))
  const reasons = manager.backend.passedOver.map(({ name, error }) =>
    paint.faint(escapeText(`not ${name}: ${error.message}`)),
  )
  const heads = ['NAME', 'STATE', 'BEARER', 'TYPE', 'DEVICE', 'IDENTIFIER']
  const rows = configurations.map((configuration) => row(configuration, paint))
  const body = table([heads.map((text) => ({ text, paint: paint.faint })), ...rows], { ...FIT, columns })
  return [summary.join(', '), ...reasons, '', ...(rows.length > 0 ? body : ['no configurations'])]
}

function row(configuration: NetworkConfiguration, paint: Paint): readonly Cell[] {
  const { name, state, type, device, identifier } = configuration
  const isActive = configuration.is('active')
  return [
    { text: escapeText(name), ...(isActive && { paint: paint.strong }) },
    { text: state, paint: isActive ? paint.good : paint.faint },
    { text: escapeText(configuration.bearerTypeName) },
    { text: type },
    { text: escapeText(device ?? '') },
    { text: escapeText(identifier), paint: paint.faint },
  ]
}

function compare(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0
}
