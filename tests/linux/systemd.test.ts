// The unit, the program and the polkit rule of docs/recipes/systemd.md, on real daemons.
import { execFile } from 'node:child_process'
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { promisify } from 'node:util'
import { info, nm, polkit } from '@roamkit/lab-linux'
import { systemd } from '@roamkit/lab-linux/systemd'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { root } from '../docs/pages.js'
import { activeState, CLI, calm, nmcli, until } from './host.js'
import { allow, asService, beginServices, endServices, readRecipe } from './service-lab.js'

const run = promisify(execFile)
const page = readRecipe('systemd')
const UNIT = page.file('/etc/systemd/system/gateway.service')
const RULE = page.file('/etc/polkit-1/rules.d/50-gateway.rules')
const ACTION = 'org.freedesktop.NetworkManager'
const OUTPUT = '/run/gateway.log'
/** Where it prints: there is no journal in the lab. */
const PRINTS = `[Service]\nStandardOutput=append:${OUTPUT}\nStandardError=append:${OUTPUT}\n`

const printed = () => (existsSync(OUTPUT) ? readFileSync(OUTPUT, 'utf8').trim().split('\n') : [])

/** What NetworkManager says that the service may do. */
async function permissions(): Promise<readonly string[]> {
  const lines = await asService('nmcli', '--terse', '--fields', 'PERMISSION,VALUE', 'general', 'permissions')
  const allowed = lines.split('\n').filter((line) => line.endsWith(':yes'))
  return allowed.map((line) => line.replace(/:yes$/, '')).sort()
}

async function startUnit(changes = ''): Promise<void> {
  await systemd.start({ 'gateway.service': UNIT, 'gateway.service.d/lab.conf': PRINTS + changes })
  await systemd.ctl('start', 'gateway.service')
}

const property = async (name: string) =>
  (await systemd.ctl('show', '--value', '--property', name, 'gateway.service')).trim()

const obstacle = polkit.obstacle() ?? systemd.obstacle()
describe.skipIf(obstacle !== null)(`a service of systemd${obstacle === null ? '' : ` (${obstacle})`}`, () => {
  beforeAll(async () => {
    const probe = readFileSync(new URL('./service-probe.mjs', import.meta.url), 'utf8')
    await beginServices(page.block('sh'), {
      'main.js': page.file('/opt/gateway/main.js'),
      'probe.mjs': probe,
    })
  }, 60_000)
  afterAll(endServices, 60_000)
  beforeEach(calm, 30_000)
  afterEach(async () => {
    await systemd.stop()
    rmSync(OUTPUT, { force: true })
    allow(null)
  })

  it('has a unit in which systemd finds nothing wrong', async () => {
    const file = `${info().folder}/gateway.service`
    writeFileSync(file, UNIT)
    expect(await run('systemd-analyze', ['verify', file])).toEqual({ stdout: '', stderr: '' })
    const { stdout } = await run('systemd-analyze', ['security', '--offline=yes', '--no-pager', file])
    const [verdict = '', exposure] =
      /Overall exposure level for gateway\.service: ([\d.]+).*/.exec(stdout) ?? []
    console.log(verdict)
    expect(Number(exposure)).toBeLessThan(2)
  })

  it('brings a link up without root, holds it, and leaves it up when it is stopped', async () => {
    allow(RULE)
    await nmcli('connection', 'down', 'lab-a')
    await startUnit()
    await until(() => expect(printed().at(-1)).toBe('open'))
    expect(printed()).toEqual(['connecting', 'connected', 'open'])
    const { stdout: holders } = await run(process.execPath, [CLI, 'holders', '--json'])
    expect(JSON.parse(holders)).toMatchObject([{ name: 'lab-a', holder: { name: 'main.js' } }])
    expect(await property('User')).toBe('gateway')
    await systemd.ctl('stop', 'gateway.service')
    expect(await property('Result')).toBe('success')
    expect(await activeState('lab-a')).toBe('activated')
  })

  it('waits for permission', async () => {
    await nmcli('connection', 'down', 'lab-a')
    await startUnit()
    await until(() => expect(printed().join()).toMatch(/next attempt in \d+ ms: denied/))
    expect(printed()).not.toContain('open')
    allow(RULE)
    await until(() => expect(printed().at(-1)).toBe('open'), 30_000)
  })

  it('waits for NetworkManager', async () => {
    await nmcli('connection', 'down', 'lab-a')
    await nm.stop()
    await startUnit()
    expect(await property('ActiveState')).toBe('active')
    expect(printed()).not.toContain('open')
    await nm.start()
    await until(() => expect(printed().at(-1)).toBe('open'), 30_000)
  })

  it('is started again when it is killed, and holds its link again', async () => {
    allow(RULE)
    await startUnit()
    await until(() => expect(printed()).toEqual(['open']))
    await systemd.ctl('kill', '--signal=KILL', 'gateway.service')
    await until(() => expect(printed()).toEqual(['open', 'open']), 20_000)
    expect(await activeState('lab-a')).toBe('activated')
  })

  const probe = (changes = '') =>
    startUnit(`Restart=no\nExecStart=\nExecStart=node probe.mjs 203.0.113.1 8080\n${changes}`)
  const report = async () => {
    await until(() => expect(printed().at(-1)).toMatch(/^\{/))
    return JSON.parse(printed().at(-1) ?? '')
  }

  it('can do there what Roamkit does, and not write outside of its own folder', async () => {
    await probe()
    expect(await report()).toEqual({
      backend: 'networkmanager',
      counts: true,
      connects: 'yes',
      ownFiles: 'yes',
      otherFiles: 'EROFS',
    })
  })

  /** What the page advises against, with what is broken then. */
  it.each([
    ['PrivateNetwork=yes', { counts: false, connects: 'ERR_BIND_FAILED' }],
    ['RestrictAddressFamilies=~AF_INET AF_INET6', { counts: false, connects: 'ERR_BIND_FAILED' }],
    ['IPAddressDeny=any', { counts: true, connects: 'ABORT_ERR' }],
  ])('can do less with %s', async (option, less) => {
    await probe(option)
    expect(await report()).toMatchObject(less)
  })

  it('needs no AF_NETLINK while NetworkManager is there', async () => {
    await probe('RestrictAddressFamilies=~AF_NETLINK')
    expect(await report()).toMatchObject({ backend: 'networkmanager', counts: true, connects: 'yes' })
  })

  it('does not start with MemoryDenyWriteExecute=yes', async () => {
    await probe('MemoryDenyWriteExecute=yes')
    await until(async () => expect(await property('ActiveState')).toBe('failed'))
    expect(printed().join('\n')).toContain('V8_Fatal')
  })
})

describe.skipIf(obstacle !== null)('the polkit rule of a service', () => {
  beforeAll(() => beginServices(page.block('sh'), {}), 60_000)
  afterAll(endServices, 60_000)
  beforeEach(calm, 30_000)
  afterEach(() => allow(null))

  it('allows exactly what the page says, and without it nothing is allowed', async () => {
    expect(await permissions()).toEqual([])
    allow(RULE)
    await until(async () => expect(await permissions()).toEqual([`${ACTION}.network-control`]))
  })

  it('lets only the service bring links up and take them down', async () => {
    allow(RULE)
    await until(async () =>
      expect(await asService('nmcli', 'connection', 'up', 'lab-b')).toContain('success'),
    )
    await asService('nmcli', 'connection', 'down', 'lab-b')
    const another = ['--reuid=65534', '--regid=65534', '--clear-groups', 'nmcli', 'connection', 'up', 'lab-b']
    await expect(run('setpriv', another)).rejects.toThrow('Not authorized')
    expect(await activeState('lab-b')).toBe('down')
  })

  it('lets the service change no profile and switch nothing off', async () => {
    allow(RULE)
    await until(async () => expect(await permissions()).not.toEqual([]))
    for (const words of [
      ['connection', 'modify', 'lab-c', 'connection.autoconnect', 'no'],
      ['connection', 'delete', 'lab-c'],
      ['networking', 'off'],
      ['general', 'hostname', 'mine'],
    ])
      await expect(asService('nmcli', ...words), words.join(' ')).rejects.toThrow()
    expect(await nmcli('--terse', '--fields', 'NAME', 'connection', 'show')).toContain('lab-c')
    expect(await nmcli('networking')).toContain('enabled')
  })

  it.each(['wifi.scan', 'settings.modify.system'])(
    'allows %s too, once it is in the list',
    async (action) => {
      expect(readFileSync(`${root}/docs/recipes/systemd.md`, 'utf8')).toContain(`| \`${ACTION}.${action}\` |`)
      const first = `'${ACTION}.network-control'`
      allow(RULE.replace(first, `${first}, '${ACTION}.${action}'`))
      await until(async () =>
        expect(await permissions()).toEqual([`${ACTION}.network-control`, `${ACTION}.${action}`]),
      )
    },
  )
})
