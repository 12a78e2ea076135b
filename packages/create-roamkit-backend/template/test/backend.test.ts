import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { NetworkConfigurationManager } from '@roamkit/core'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { modems } from '../src/backend.js'
import { type Daemon, startDaemon } from './daemon.js'

let folder: string
let daemon: Daemon
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'modems-'))
  daemon = startDaemon(folder)
})
afterEach(() => {
  daemon.watcher.close()
  rmSync(folder, { recursive: true })
})

test('lists the links of the daemon as LTE, down at first', async () => {
  const manager = await NetworkConfigurationManager.open(modems(folder))
  const links = manager
    .allConfigurations()
    .map(({ name, bearerTypeName, state }) => [name, bearerTypeName, state])
  await manager.close()
  expect(links).toEqual([
    ['north', 'LTE', 'discovered'],
    ['south', 'LTE', 'discovered'],
  ])
})

test('brings a link up when a session opens, and takes it down when the session closes', async () => {
  const manager = await NetworkConfigurationManager.open(modems(folder))
  const session = manager.createSession('north')
  await session.open()
  expect(session.state).toBe('connected')
  await session.close()
  await expect.poll(() => manager.configurationFromIdentifier('north').state).toBe('discovered')
  await manager.close()
})

test('takes a damaged file for a daemon that is away', async () => {
  const manager = await NetworkConfigurationManager.open(modems(folder))
  writeFileSync(join(folder, 'links.json'), '[{"id":')
  await expect.poll(() => manager.service).toBe('lost')
  expect(manager.allConfigurations()).toHaveLength(2)
  daemon.work()
  await expect.poll(() => manager.service).toBe('ready')
  await manager.close()
})

test('cannot be opened without the daemon', async () => {
  const opening = NetworkConfigurationManager.open(modems(join(folder, 'not-there')))
  await expect(opening).rejects.toMatchObject({ name: 'BackendError', code: 'ERR_SERVICE_LOST' })
})
