// How heavy the packages are: limited by bytes and counts, which are the same on every machine. ROAMKIT_WRITE=1 puts new limits on file.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { publishedPackages } from '../../scripts/packages.mjs'
import { root } from '../../scripts/run-command.mjs'
import { bundleSize, weigh } from '../../scripts/weigh.mjs'
import { type Installation, install } from './installation.js'

/** What a package may weigh at most. */
interface Limit {
  /** Of its files and of all that is installed with it, on Linux, in kB. */
  readonly installed: number
  /** How many other packages are installed with it. */
  readonly packages: number
  /** How many of them run a script when they are installed. */
  readonly installScripts: number
  /** Minified for a browser, and gzipped, in kB. */
  readonly bundle?: number
}

const FILE = join(root, 'bench/limits.json')
const BROWSER = ['@roamkit/core', '@roamkit/backend-mock', '@roamkit/rx']

/** Every package of others that a user of ours gets, whatever the system, and why. */
const FOREIGN: Readonly<Record<string, string>> = {
  '@koromix/koffi-*': "koffi's binary for one system",
  '@leichtgewicht/ip-codec': 'dns-packet: addresses as bytes',
  'ansi-regex': 'string-width',
  commander: 'the command line',
  'dns-packet': 'name servers are asked through a link',
  'get-east-asian-width': 'string-width',
  koffi: 'functions of Windows, and those of the kernel that Node does not have',
  rxjs: 'streams: only @roamkit/rx has it',
  'string-width': 'tables in a terminal',
  'strip-ansi': 'string-width',
  tslib: 'rxjs',
}

const packages = publishedPackages()
const names = packages.map(({ name }) => name)
let installation: Installation
let limits: Record<string, Limit> = JSON.parse(readFileSync(FILE, 'utf8'))

beforeAll(async () => {
  installation = await install()
  if (process.env.ROAMKIT_WRITE) {
    const found = await Promise.all(names.map(async (name) => [name, await weightOf(name)] as const))
    // A little room, so that a fix is no new limit.
    const roomy = found.map(([name, { installed, bundle, ...counts }]) => {
      const room = (kilobytes: number) => Math.ceil(kilobytes * 1.03)
      return [
        name,
        { installed: room(installed), ...counts, ...(bundle !== undefined && { bundle: room(bundle) }) },
      ]
    })
    limits = Object.fromEntries(roomy)
    writeFileSync(FILE, `${JSON.stringify(limits, null, 2)}\n`)
  }
}, 120_000)
afterAll(() => installation?.[Symbol.asyncDispose]())

async function weightOf(name: string): Promise<Limit> {
  const { bytes, packages: others, installScripts } = weigh(installation.folder, name)
  const bundle = BROWSER.includes(name)
    ? (await bundleSize(installation.folder, name)).gzipped / 1000
    : undefined
  return {
    installed: bytes / 1000,
    packages: others.length,
    installScripts: installScripts.length,
    ...(bundle !== undefined && { bundle }),
  }
}

describe.each(names)('%s', (name) => {
  it('is no heavier than it was', async () => {
    const [weight, limit] = [await weightOf(name), limits[name]]
    const tooHeavy = Object.entries(weight).filter(
      ([part, value]) => value > (limit?.[part as keyof Limit] ?? -1),
    )
    expect(tooHeavy, `more than bench/limits.json allows: ${JSON.stringify(limit)}`).toEqual([])
  })

  it('brings no package of others that is not named here with a reason', () => {
    const known = (other: string) =>
      other.startsWith('@koromix/koffi-') || other in FOREIGN || names.includes(other)
    expect(weigh(installation.folder, name).packages.filter((other) => !known(other))).toEqual([])
  })
})

it('what npm would install on any other system is named here, too, and all that is named is installed', () => {
  const lock = JSON.parse(readFileSync(join(installation.folder, 'package-lock.json'), 'utf8'))
  const reachable = new Set<string>()
  const collect = (name: string) => {
    if (reachable.has(name)) return
    reachable.add(name)
    const { dependencies = {}, optionalDependencies = {} } = lock.packages[`node_modules/${name}`] ?? {}
    for (const needed of Object.keys({ ...dependencies, ...optionalDependencies })) collect(needed)
  }
  for (const name of names) collect(name)
  collect('rxjs')
  const generic = (name: string) => name.replace(/^@koromix\/koffi-.*/, '@koromix/koffi-*')
  const others = new Set([...reachable].filter((name) => !names.includes(name)).map(generic))
  expect([...others].sort()).toEqual(Object.keys(FOREIGN).sort())
})
