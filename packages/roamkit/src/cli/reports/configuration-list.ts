import type { ConfigurationState, NetworkConfiguration, NetworkConfigurationManager } from '@roamkit/core'
import { escapeText } from '../../escape.js'
import type { Output } from '../output.js'
import type { Format } from '../request.js'
import type { Paint } from '../terminal/paint.js'
import { type Cell, table } from '../terminal/table.js'
import { plainConfiguration } from './plain-configuration.js'

/** Prints all configurations, active ones first: as a table under one line about the machine, or as JSON. */
export function printConfigurations(
  manager: NetworkConfigurationManager,
  { format }: { readonly format: Format },
  output: Output,
): void {
  const configurations = activeFirst(manager.allConfigurations())
  if (format === 'json')
    output.json(configurations.map(plainConfiguration), output.isTerminal ? 'pretty' : 'line')
  else for (const line of describeMachine(manager, configurations, output)) output.line(line)
}

const ORDER: readonly ConfigurationState[] = ['active', 'discovered', 'defined', 'undefined']

/** The order of the list: by state, then by name, then by identifier. */
export function activeFirst(
  configurations: readonly NetworkConfiguration[],
): readonly NetworkConfiguration[] {
  return [...configurations].sort(
    (left, right) =>
      ORDER.indexOf(left.state) - ORDER.indexOf(right.state) ||
      compare(left.name, right.name) ||
      compare(left.identifier, right.identifier),
  )
}

/** An identifier is never cut, so that it can be copied. */
const FIT = { cut: [], cutLast: [5, 0, 2, 4, 1] } as const

/** How strong a signal is, in four bars. */
const BARS = '▂▄▆█'

function describeMachine(
  manager: NetworkConfigurationManager,
  configurations: readonly NetworkConfiguration[],
  { paint, columns }: Pick<Output, 'paint' | 'columns'>,
): readonly string[] {
  const reasons = manager.backend.passedOver.map(({ name, error }) =>
    paint.faint(escapeText(`not ${name}: ${error.message}`)),
  )
  const { heads, cells } = configurationCells(configurations, paint)
  const identifiers = ['IDENTIFIER', ...configurations.map(({ identifier }) => escapeText(identifier))]
  const rows = [heads, ...cells].map((row, index) => [
    ...row,
    { text: identifiers[index] ?? '', paint: paint.faint },
  ])
  const body = table(rows, { ...FIT, below: heads.length, columns })
  return [
    machineSummary(manager, paint),
    ...reasons,
    '',
    ...(cells.length > 0 ? body : ['no configurations']),
  ]
}

/** The backend, whether this machine is online, and its default configuration, in one line. Escaped. */
export function machineSummary(manager: NetworkConfigurationManager, paint: Paint): string {
  const fallback = manager.defaultConfiguration()
  const summary = [
    `backend ${manager.backend.name}${manager.capabilities.polling ? ' (polling)' : ''}`,
    manager.isOnline ? paint.good('online') : paint.bad('offline'),
    fallback.isValid ? `default ${paint.strong(escapeText(fallback.name))}` : 'no default',
  ]
  if (manager.service === 'lost') summary.push(paint.bad('service unavailable'))
  return summary.join(', ')
}

/** The configurations as lines of at most that many columns, without their identifiers; the heads come first. Escaped. */
export function configurationLines(
  configurations: readonly NetworkConfiguration[],
  { paint, columns }: Pick<Output, 'paint' | 'columns'>,
): readonly string[] {
  const { heads, cells } = configurationCells(configurations, paint)
  return table([heads, ...cells], { ...FIT, columns })
}

function configurationCells(
  configurations: readonly NetworkConfiguration[],
  paint: Paint,
): { readonly heads: readonly Cell[]; readonly cells: readonly (readonly Cell[])[] } {
  // Only where it makes a difference.
  const isAnyUnsaved = configurations.some(({ isSaved }) => !isSaved)
  const heads = [
    'NAME',
    'STATE',
    'BEARER',
    'SIGNAL',
    'SECURITY',
    'DEVICE',
    ...(isAnyUnsaved ? ['SAVED'] : []),
  ]
  const cells = configurations.map((configuration) => {
    const saved: readonly Cell[] = isAnyUnsaved ? [{ text: configuration.isSaved ? 'yes' : 'no' }] : []
    return [...row(configuration, paint), ...saved]
  })
  return { heads: heads.map((text) => ({ text, paint: paint.faint })), cells }
}

function row(configuration: NetworkConfiguration, paint: Paint): readonly Cell[] {
  const { name, state, device, signal, wifi } = configuration
  const isActive = configuration.is('active')
  return [
    { text: escapeText(name), ...(isActive && { paint: paint.strong }) },
    { text: state, paint: isActive ? paint.good : paint.faint },
    { text: escapeText(configuration.bearerTypeName) },
    { text: signal === null ? '' : barsOf(signal) },
    { text: wifi?.security ?? '' },
    { text: escapeText(device ?? '') },
  ]
}

/** A signal from 0 to 100. What is too weak for a bar has none. */
function barsOf(signal: number): string {
  return BARS.slice(0, Math.min(BARS.length, Math.ceil((signal - 5) / 25))).padEnd(BARS.length, '_')
}

function compare(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0
}
