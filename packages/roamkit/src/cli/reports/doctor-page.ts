import type { Diagnosis, Finding, MachineDiagnosis, Severity } from '@roamkit/core'
import { escapeText } from '../../escape.js'
import type { Paint } from '../terminal/paint.js'
import { type Cell, table } from '../terminal/table.js'
import { wrappedText } from '../terminal/wrapped-text.js'
import type { Examination } from './examination.js'
import type { HeldLink } from './held-links.js'

/** How much is said, and how. */
export interface DoctorPageStyle {
  /** `brief`: of each configuration what is wrong. `full`: also what is good to know. */
  readonly detail: 'brief' | 'full'
  readonly paint: Paint
  /** The width of the terminal; `null`: there is none. */
  readonly columns: number | null
}

/** The width of the page if there is room. */
const WIDTH = 110
/** The width of the page if there is hardly any room. */
const LEAST_WIDTH = 40
/** The width of the column that says how bad it is, or whether it can be opened. */
const MARGIN = 'warning'.length + 2

/** How the lines of one page are made. */
interface Page {
  readonly paint: Paint
  readonly width: number
}

/** The doctor's findings for people, line by line. Escaped. */
export function doctorPage(examination: Examination, style: DoctorPageStyle): readonly string[] {
  const { backend, machine, configurations, holders } = examination
  const page = { paint: style.paint, width: Math.max(LEAST_WIDTH, Math.min(WIDTH, style.columns ?? WIDTH)) }
  const lines = backendLines(backend, machine, page)
  if (machine === null) return lines
  for (const finding of machine.findings) lines.push(...findingLines(finding, page))
  if (style.detail === 'brief')
    lines.push('', ...machineLines(machine, style.columns === null ? { ...page, width: Infinity } : page))
  if (configurations.length > 0) lines.push('', style.paint.faint('can it be opened?'))
  for (const configuration of configurations)
    lines.push(...configurationLines(configuration, holders, { ...style, ...page }))
  return lines
}

function backendLines(
  { name, passedOver, failure }: Examination['backend'],
  machine: MachineDiagnosis | null,
  page: Page,
): string[] {
  const { paint } = page
  const service = machine?.service === 'ready' ? paint.good('ready') : paint.bad('service unavailable')
  const lines = [
    `backend ${paint.strong(escapeText(name))}, ${machine === null ? paint.bad('unavailable') : service}`,
  ]
  for (const other of passedOver) lines.push(paint.faint(escapeText(`not ${other.name}: ${other.message}`)))
  if (failure !== null)
    lines.push(...findingLines({ severity: 'problem', says: failure.message, advice: failure.advice }, page))
  return lines
}

function machineLines(
  { permissions, capabilities, holders }: MachineDiagnosis,
  { paint, width }: Page,
): readonly string[] {
  const row = (name: string, word: string, isGood: boolean, says: string): readonly (readonly Cell[])[] =>
    wrappedText(escapeText(says), width - MACHINE_MARGIN).map((line, index) => [
      { text: index === 0 ? name : '' },
      { text: index === 0 ? word : '', paint: isGood ? paint.good : paint.faint },
      { text: line, paint: paint.faint },
    ])
  return table([
    ...permissions.flatMap(({ action, permission, says }) =>
      row(action, permission, permission === 'yes', says),
    ),
    ...capabilities.flatMap(({ capability, value, says }) =>
      row(capability, value ? 'yes' : 'no', value, says),
    ),
    ...row('holders', holders, holders !== 'uncertain', HOLDERS[holders]),
  ])
}

/** The width of the two columns before the words. */
const MACHINE_MARGIN = 'canStartAndStopInterfaces'.length + 'unknown'.length + 4

const HOLDERS: Readonly<Record<MachineDiagnosis['holders'], string>> = {
  manager: 'Each manager counts only its own sessions.',
  process: 'Holders of a link are counted across all managers of this process.',
  machine: 'Holders of a link are counted across all processes of this machine.',
  uncertain: 'Roamkit cannot determine whether other programs use a link, so links stay up.',
}

function configurationLines(
  configuration: Diagnosis,
  holders: readonly HeldLink[],
  style: DoctorPageStyle & Page,
): readonly string[] {
  const { paint } = style
  const { canOpen, name, identifier } = configuration
  const verdict = VERDICTS[canOpen](paint)(canOpen.padEnd(MARGIN))
  const words = name === '' ? [] : [paint.strong(escapeText(name))]
  const title = verdict + [...words, paint.faint(escapeText(identifier))].join('  ')
  const held = holders.filter((one) => one.identifier === identifier).map(heldBy)
  const findings = [...shown(configuration, style), ...held].flatMap((finding) =>
    findingLines(finding, style),
  )
  if (findings.length > 0 || style.detail === 'brief') return [title, ...findings]
  return [title, ...findingLines(NOTHING, style)]
}

/** As the holder says of itself; whose the process with that number is, the system says. */
function heldBy({
  holder: { name, pid, user, since },
}: HeldLink): Pick<Finding, 'severity' | 'says' | 'advice'> {
  const facts = [
    ...(pid === null ? [] : [`process ${pid}`]),
    ...(user === null ? [] : [`user ${user}`]),
    ...(since === null ? [] : [`since ${since}`]),
  ]
  const who = name === null ? 'a program without a name' : `'${name}'`
  const more = facts.length === 0 ? '' : ` (${facts.join(', ')})`
  return { severity: 'note', says: `Held by ${who}${more}.`, advice: null }
}

const NOTHING = { severity: 'note', says: 'No problems found.', advice: null } as const

function shown({ findings }: Diagnosis, { detail }: DoctorPageStyle): readonly Finding[] {
  return detail === 'full' ? findings : findings.filter(({ severity }) => severity !== 'note')
}

const VERDICTS: Readonly<Record<Diagnosis['canOpen'], (paint: Paint) => (text: string) => string>> = {
  yes: (paint) => paint.good,
  maybe: (paint) => paint.strong,
  no: (paint) => paint.bad,
}

const SEVERITIES: Readonly<Record<Severity, (paint: Paint) => (text: string) => string>> = {
  problem: (paint) => paint.bad,
  warning: (paint) => paint.strong,
  note: (paint) => paint.faint,
}

/** What is wrong in the first lines, and behind an arrow what to do about it. */
function findingLines(
  { severity, says, advice }: Pick<Finding, 'severity' | 'says' | 'advice'>,
  { paint, width }: Page,
): readonly string[] {
  const [first = '', ...more] = wrappedText(escapeText(says), width - MARGIN)
  const margin = ' '.repeat(MARGIN)
  const lines = [
    `${SEVERITIES[severity](paint)(severity.padEnd(MARGIN))}${first}`,
    ...more.map((line) => margin + line),
  ]
  if (advice === null) return lines
  const steps = wrappedText(escapeText(advice), width - MARGIN - 3)
  return [...lines, ...steps.map((line, index) => `${margin}${index === 0 ? '-> ' : '   '}${line}`)]
}
