import { mock } from '@roamkit/backend-mock'
import { laws, verdict } from '@roamkit/conformance'
import { expect, test } from 'vitest'
import { runCli } from './running-cli.js'

test('every law that touches no link is kept, and the page says on what', async () => {
  const { code, stdout, stderr } = await runCli(['doctor', '--self-test', '--backend', 'generic'])
  const lines = stdout.trimEnd().split('\n')
  expect(lines[0]).toMatch(/^roamkit self-test: backend generic on \S+ .*, Node v/)
  expect(lines).toContainEqual(expect.stringMatching(/^driver-shape +kept$/))
  expect(lines.at(-1)).toMatch(/^\d+ kept, 0 broken, \d+ not tried/)
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
})

test('as JSON it has the verdicts, and a backend that is not there has broken the law that opens it', async () => {
  const { code, stdout } = await runCli(['doctor', '--self-test', '--backend', 'windows', '--json'])
  const { backend, world, verdicts } = JSON.parse(stdout)
  expect(backend).toEqual({ name: 'windows', passedOver: [] })
  expect(world).toBeNull()
  expect(verdicts).toContainEqual(expect.objectContaining({ law: 'open-live', outcome: 'broken' }))
  expect(code).toBe(1)
})

test('the laws that are tried bring nothing up and take nothing down', async () => {
  const driver = mock()
  const commands: string[] = []
  const watched: typeof driver = {
    ...driver,
    async open(host, call) {
      const backend = await driver.open(host, call)
      const known = new Set(backend.snapshot().configurations.map(({ id }) => id))
      const { activate, deactivate } = backend
      return Object.assign(backend, {
        activate: (id: string, request: Parameters<typeof activate>[1]) => {
          if (known.has(id) && driver.world.open > 0) commands.push(`activate ${id}`)
          return activate.call(backend, id, request)
        },
        deactivate: (id: string, activation: string, request: Parameters<typeof deactivate>[2]) => {
          if (known.has(id) && driver.world.open > 0) commands.push(`deactivate ${id}`)
          return deactivate.call(backend, id, activation, request)
        },
      })
    },
  }
  const verdicts = await verdict({
    name: 'watched',
    touch: 'nothing',
    quietPeriod: 1,
    setup: () => ({ driver: watched, controls: {} }),
  })
  expect(verdicts.map(({ law }) => law)).toEqual(
    laws.filter(({ touches }) => touches === 'nothing').map(({ id }) => id),
  )
  // What a closed backend is asked reaches nobody.
  expect(commands).toEqual([])
})
