import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { examplesOf } from './example.js'
import { parsePage } from './page.js'
import { root } from './pages.js'
import { departures, qtMembers } from './qt-members.js'
import { typeErrors } from './type-check.js'

const PAGE = 'docs/coming-from-qt.md'
const text = readFileSync(join(root, PAGE), 'utf8')
const sections = new Map(
  text.split(/^##+ /m).map((section) => [section.slice(0, section.indexOf('\n')), section]),
)

/** What the words of the page stand for. */
const SCOPE = `import { allUplinks, NetworkConfigurationManager, type Driver, type SessionOptions, type NetworkConfiguration, type NetworkSession, type RoamingOffer, type RoamingTrial } from '@roamkit/core'
declare const driver: Driver, manager: NetworkConfigurationManager, session: NetworkSession, configuration: NetworkConfiguration
declare const offer: RoamingOffer, trial: RoamingTrial, listener: () => void, ms: number, value: unknown
declare const secrets: NonNullable<SessionOptions['secrets']>, platform: (options?: object) => Driver
declare const name: string, identifier: string, one: string, other: string
void [secrets, platform, allUplinks, driver, manager, session, configuration, offer, trial, listener, ms, value, name, identifier, one, other]
`

/** Everything on a page that is code of ours, outside of blocks; the first column of a table is others'. */
function oursOn(page: string): readonly string[] {
  const lines = page.replaceAll(/^```.*?^```$/gms, '').replaceAll(/^\| `[^`]+`/gm, '')
  const codes = new Set([...lines.matchAll(/`([^`]+)`/g)].map(([, code = '']) => code))
  return [...codes].filter((code) =>
    /^(manager|session|configuration|offer|trial|NetworkConfigurationManager)\b/.test(code),
  )
}

describe(PAGE, () => {
  it.each(Object.entries(qtMembers))('has each member of %s, and none besides', (heading, members) => {
    const rows = [...(sections.get(heading) ?? '').matchAll(/^\| `([^`]+)`/gm)].map(([, member]) => member)
    expect(rows).toEqual(members)
  })

  it('says here, or why there is nothing, in every row', () => {
    const rows = [...text.matchAll(/^\| `.*$/gm)].map(([row]) => row.split(' | '))
    expect(rows.length).toBeGreaterThan(100)
    const empty = rows.filter(([, here = '', why = '']) => here.trim() === '' && /^\s*\|?\s*$/.test(why))
    expect(empty).toEqual([])
  })

  it.each([
    { path: PAGE, least: 100 },
    { path: 'docs/coming-from-other-tools.md', least: 15 },
  ])('$path uses names that the API has', { timeout: 60_000 }, ({ path, least }) => {
    const ours = oursOn(readFileSync(join(root, path), 'utf8'))
    expect(ours.length).toBeGreaterThan(least)
    const lines = ours.map((code) => `void (${code})`)
    const page = parsePage(path, ['```ts', SCOPE.trimEnd(), ...lines, '```'].join('\n'))
    expect(
      typeErrors([{ page, examples: examplesOf(page) }]).map((error) => error.replace(/^[^ ]+ /, '')),
    ).toEqual([])
  })

  it.each(departures)('explains the departure %s', (rule) => {
    expect(sections.get('Where Roamkit departs from the letter of the reference')).toMatch(
      new RegExp(`\\b${rule}\\b`),
    )
  })
})
