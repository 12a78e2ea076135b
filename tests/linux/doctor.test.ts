import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { carrier, nm } from '@roamkit/lab-linux'
import { describe, expect, it, onTestFinished } from 'vitest'
import { CLI, onlyRootMayControl, openHost, PROFILE, until } from './host.js'

const run = promisify(execFile)

interface Printed {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/** Runs a program to its end, whatever its exit code. */
async function outcome(program: string, args: readonly string[]): Promise<Printed> {
  try {
    return { code: 0, ...(await run(program, args)) }
  } catch (error) {
    return error as Printed & Error
  }
}

const doctor = (...args: string[]) => outcome(process.execPath, [CLI, 'doctor', ...args])

/** What the doctor says about one configuration, in short: the verdict, and the codes of its findings. */
async function verdict(target: string): Promise<string> {
  const { stdout } = await doctor(target, '--json')
  const [{ canOpen, findings }] = JSON.parse(stdout).configurations
  return [canOpen, ...findings.map(({ code }: { code: string }) => code)].join(' ')
}

describe('roamkit doctor on real NetworkManager', () => {
  it('says that all is well', async () => {
    const { code, stdout, stderr } = await doctor()
    expect(stdout).toMatch(/^backend networkmanager, ready\n\nopen +yes /)
    expect(stdout.match(/^yes +lab-[abc] {2}/gm)).toHaveLength(3)
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(await verdict('lab-a')).toBe('yes active')
    expect(await verdict(PROFILE.b)).toBe('yes')
  })

  it('a cable that is out: first the link is up without carrier, then out of range', async () => {
    onTestFinished(async () => {
      await carrier('a', 'up')
      await until(async () => expect(await verdict('lab-a')).toBe('yes active'))
    })
    // NetworkManager waits for six seconds: a program that is started to see it may come too late.
    const manager = await openHost()
    const found = () => manager.diagnose(PROFILE.a).findings.map(({ code }) => code)
    await carrier('a', 'down')
    await until(() => expect(found()).toEqual(['noCarrier']))
    await until(async () => expect(await verdict('lab-a')).toBe('no outOfRange'), 15_000)
    const { code, stdout } = await doctor('lab-a')
    expect(stdout).toMatch(/out of range: no cable is plugged in.*\n.*'eth-a'.*\n.*-> Plug in the cable/)
    expect(code).toBe(1)
  })

  it('a device that NetworkManager does not manage is out of range, in words that fit', async () => {
    onTestFinished(() => run('nmcli', ['device', 'set', 'eth-b', 'managed', 'yes']).then(() => undefined))
    await run('nmcli', ['device', 'set', 'eth-b', 'managed', 'no'])
    await until(async () => expect(await verdict('lab-b')).toBe('no outOfRange'))
    const { stdout } = await doctor('lab-b')
    expect(stdout.replaceAll(/\s+/g, ' ')).toContain('not managed by the network service')
  })

  it('networking that is switched off: nothing is in range', async () => {
    onTestFinished(async () => {
      await run('nmcli', ['networking', 'on'])
      await until(async () => expect(await verdict('lab-a')).toBe('yes active'))
    })
    await run('nmcli', ['networking', 'off'])
    const asked = () => doctor('--backend', 'networkmanager')
    await until(async () => expect((await asked()).stdout).toContain('Networking may be switched off'))
  })

  it('a device that carries another connection: refused only while a session of ours holds that', async () => {
    const add = ['connection', 'add', 'type', 'ethernet', 'ifname', 'eth-b', 'con-name', 'rival']
    const address = ['ipv4.method', 'manual', 'ipv4.addresses', '10.9.9.9/24', 'autoconnect', 'no']
    await run('nmcli', [...add, ...address])
    onTestFinished(() => run('nmcli', ['connection', 'delete', 'rival']).then(() => undefined))
    const manager = await openHost()
    const session = manager.createSession(PROFILE.b)
    await session.open()
    expect(await verdict('rival')).toBe('maybe deviceTaken')
    const rival = manager.allConfigurations().find(({ name }) => name === 'rival')
    const diagnosis = manager.diagnose(rival?.identifier ?? '')
    expect(diagnosis).toMatchObject({ canOpen: 'no', findings: [{ code: 'deviceBusy' }] })
    expect(diagnosis.findings[0]?.says).toContain("'eth-b' carries 'lab-b'")
    await expect(manager.createSession(rival?.identifier ?? '').open()).rejects.toMatchObject({
      reason: 'deviceBusy',
    })
    await session.close()
  })

  it('NetworkManager that is gone: it is asked for in plain words, and a manager says that it is away', async () => {
    const manager = await openHost()
    onTestFinished(async () => {
      await nm.start()
      await until(async () => expect(await verdict('lab-a')).toBe('yes active'))
    })
    await nm.kill()
    await until(() => expect(manager.service).toBe('lost'))
    expect(manager.diagnoseMachine().findings).toMatchObject([{ code: 'serviceLost', severity: 'problem' }])
    expect(manager.diagnose(PROFILE.a)).toMatchObject({
      canOpen: 'no',
      findings: [{ code: 'serviceLost' }, {}],
    })
    const asked = await doctor('--backend', 'networkmanager')
    expect(asked.stdout).toMatch(
      /^backend networkmanager, unavailable\nproblem +NetworkManager is not running\n +-> /,
    )
    expect(asked.code).toBe(1)
    const unasked = await doctor()
    expect(unasked.stdout).toMatch(
      /^backend kernel, ready\nnot networkmanager: NetworkManager is not running\n/,
    )
  })

  const isRoot = process.getuid?.() === 0
  it.skipIf(!isRoot)(
    'a user who may not control the network (needs a lab made by root, for a second user)',
    async () => {
      await onlyRootMayControl()
      const user = ['--reuid=65534', '--regid=65534', '--clear-groups', process.execPath, CLI, 'doctor']
      const { code, stdout } = await outcome('setpriv', user)
      expect(stdout).toMatch(/^open +no .*does not grant this user the permission/m)
      expect(stdout).toMatch(
        /^no +lab-b .*\nproblem +This program cannot bring it up: .*\n.*does not grant this user the permission\.\n +-> Run/m,
      )
      expect(code).toBe(1)
      const { stdout: up } = await outcome('setpriv', [...user, 'lab-a'])
      expect(up).toMatch(/^yes +lab-a .*\nnote +It is up.*\nnote +This program may not take it down/m)
    },
  )
})
