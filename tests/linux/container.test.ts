// What docs/recipes/container.md says, in a root directory, namespaces and a user like those that a container engine makes.
import { execFile, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { bus, nm, polkit } from '@roamkit/lab-linux'
import { validate } from 'dockerfile-utils'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { activeState, CLI, calm, nmcli, until } from './host.js'
import { APPLICATION, allow, beginServices, endServices, readRecipe } from './service-lab.js'

const run = promisify(execFile)
const ENGINE = fileURLToPath(new URL('container.sh', import.meta.url))
const page = readRecipe('container')
const service = readRecipe('systemd')
const RULE = service.file('/etc/polkit-1/rules.d/50-gateway.rules')
const COMMAND: readonly string[] = JSON.parse(/^CMD (.*)$/m.exec(page.block('dockerfile'))?.[1] ?? '[]')
const ROAMKIT = ['node', 'node_modules/.bin/roamkit']
const PROBE = ['node', 'probe.mjs', '203.0.113.1', '8080']

const STOP = `import { NetworkConfigurationManager, platform } from 'roamkit'
const manager = await NetworkConfigurationManager.open(platform())
await manager.createSession(manager.allConfigurations('active')[0]).stop()
await manager.close()`

/** What decides how a container can use the network, and as whom its programs run. */
interface Place {
  readonly network: 'host' | 'own'
  readonly user: string
}

const engine = ({ network, user }: Place, command: readonly string[]) =>
  [network, user, APPLICATION, ...command] as const

/** Runs a command in a container; resolves to what it printed. */
async function inContainer(place: Place, ...command: readonly string[]): Promise<string> {
  return (await run(ENGINE, engine(place, command))).stdout
}

/** Starts a program in a container, which ends with the test. */
function start(place: Place, command: readonly string[]) {
  const child = spawn(ENGINE, engine(place, command), {
    stdio: ['ignore', 'pipe', 'inherit'],
    detached: true,
  })
  const exited = new Promise((resolve) => child.once('exit', resolve))
  onTestFinished(async () => {
    process.kill(-(child.pid ?? 0), 'SIGKILL') // all of its group
    await exited
  })
  let text = ''
  child.stdout.setEncoding('utf8').on('data', (more) => {
    text += more
  })
  return { lines: () => text.split('\n').slice(0, -1) }
}

it('the Dockerfile has no mistake that a parser finds, and runs as an ordinary user', () => {
  const file = page.block('dockerfile')
  expect(validate(file)).toEqual([])
  expect(validate(file.replace('WORKDIR /app', 'WORKDIR'))).not.toEqual([])
  expect(COMMAND).toEqual(['node', 'main.js'])
})

const obstacle = polkit.obstacle()
describe.skipIf(obstacle !== null)(`a container${obstacle === null ? '' : ` (${obstacle})`}`, () => {
  beforeAll(async () => {
    const probe = readFileSync(new URL('./service-probe.mjs', import.meta.url), 'utf8')
    const main = service.file('/opt/gateway/main.js')
    await beginServices(service.block('sh'), { 'main.js': main, 'probe.mjs': probe })
  }, 60_000)
  afterAll(endServices, 60_000)
  beforeEach(async () => {
    allow(RULE)
    await calm()
  }, 30_000)
  afterEach(() => allow(null))

  const user = async (prefix = '') => `${prefix}${(await run('id', ['-u', 'gateway'])).stdout.trim()}`
  const places = [
    ['with the network of the host', 'host', ''],
    ['with a network of its own', 'own', ''],
    ['without root outside, with the network of the host', 'host', 'rootless:'],
    ['without root outside, with a network of its own', 'own', 'rootless:'],
  ] as const

  describe.each(places)('%s', (_, network, prefix) => {
    const isHost = network === 'host'
    const place = async (): Promise<Place> => ({ network, user: await user(prefix) })

    it('lists the configurations of the real NetworkManager', async () => {
      const all = JSON.parse(await inContainer(await place(), ...ROAMKIT, 'list', '--json'))
      expect(all.map(({ name, state }: { name: string; state: string }) => [name, state])).toEqual([
        ['lab-a', 'active'],
        ['lab-b', 'discovered'],
        ['lab-c', 'discovered'],
      ])
    })

    it('brings a link up', async () => {
      await nmcli('connection', 'down', 'lab-a')
      const { lines } = start(await place(), COMMAND)
      await until(() => expect(lines().at(-1)).toBe('open'))
      expect(await activeState('lab-a')).toBe('activated')
    })

    it(`${isHost ? 'counts' : 'does not count'} holders, and ${isHost ? 'binds' : 'does not bind'} sockets to a link`, async () => {
      const { lines } = start(await place(), PROBE)
      await until(() => expect(lines()).toHaveLength(1))
      expect(JSON.parse(lines()[0] ?? '')).toMatchObject({
        backend: 'networkmanager',
        counts: isHost,
        connects: isHost ? 'yes' : 'ERR_BIND_FAILED',
        otherFiles: 'EACCES',
      })
      const { stdout } = await run(process.execPath, [CLI, 'holders', '--json'])
      expect(JSON.parse(stdout)).toHaveLength(isHost ? 1 : 0)
    })

    it(`${isHost ? 'takes a link down' : 'leaves a link up'} that its session brought up`, async () => {
      await inContainer(await place(), ...ROAMKIT, 'open', 'lab-b', '--', 'node', '--version')
      expect(await activeState('lab-b')).toBe(isHost ? 'down' : 'activated')
    })

    it('takes a link down at stop(), also one that the system brought up', async () => {
      await inContainer(await place(), 'node', '--input-type=module', '--eval', STOP)
      expect(await activeState('lab-a')).toBe('down')
    })
  })

  it('follows the bus and NetworkManager when they are restarted', async () => {
    const { lines } = start({ network: 'host', user: await user() }, [...ROAMKIT, 'monitor', '--json'])
    await until(() => expect(lines().length).toBeGreaterThan(0))
    await bus.kill()
    await nm.stop()
    await bus.start({ policy: 'stock' })
    await polkit.stop()
    await polkit.start()
    await nm.start()
    await nmcli('connection', 'up', 'lab-c')
    const seen = () => lines().filter((line) => line.includes('"lab-c"') && line.includes('"active"'))
    await until(() => expect(seen()).not.toEqual([]), 30_000)
  })

  it('may change nothing if polkit has no rule for its user', async () => {
    allow(null)
    await until(async () => {
      const place = { network: 'host', user: await user() } as const
      await expect(inContainer(place, ...ROAMKIT, 'open', 'lab-b', '--', 'true')).rejects.toThrow(
        /permi|denied/i,
      )
    })
    expect(await activeState('lab-b')).toBe('down')
  })

  it('sees nothing of NetworkManager if the host has no user with its number, which dbus-daemon then refuses', async () => {
    const said = await inContainer({ network: 'host', user: '54321' }, ...ROAMKIT, 'list')
    expect(said).toContain('not networkmanager: ')
    expect(said).toContain('backend kernel')
  })
})
