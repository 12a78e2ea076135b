import { type FSWatcher, readFileSync, renameSync, rmSync, watch, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { activationNames, type Ended } from '@roamkit/core/contract'
import type { DaemonLink } from '../src/backend.js'

/** The daemon's own links, and what a test can do to it. */
export interface Daemon {
  /** Reads no requests while it is true. */
  isSlow: boolean
  /** Has removed its file while it is true. */
  isAway: boolean
  watcher: FSWatcher
  up(id: string): void
  down(id: string, activation?: string | null): void
  set(id: string, facts: Partial<DaemonLink>): void
  /** Writes its file, and serves the next request. */
  work(): void
}

/** Stands in for the daemon: its links come up as soon as it is asked to bring them up. */
export function startDaemon(folder: string): Daemon {
  const [file, requests] = [join(folder, 'links.json'), join(folder, 'requests')] as const
  const links: DaemonLink[] = ['north', 'south'].map((id) => ({
    id,
    state: 'down',
    activation: null,
    ended: null,
  }))
  const find = (id: string) => links.find((link) => link.id === id) as DaemonLink
  const names = activationNames()
  let served = 0

  const daemon = {
    isSlow: false,
    isAway: false,
    up(id) {
      daemon.set(id, { state: 'up', activation: names.fresh(id) })
    },
    down(id, activation = find(id).activation) {
      if (find(id).activation !== activation) return
      const ended = { activation, reason: 'requested', native: null } as Ended
      daemon.set(id, { state: 'down', activation: null, ended })
    },
    set(id, facts) {
      Object.assign(find(id), facts)
      daemon.work()
    },
    work() {
      if (daemon.isAway) return rmSync(file, { force: true })
      writeFileSync(`${file}.next`, JSON.stringify(links))
      renameSync(`${file}.next`, file)
      const lines = readFileSync(requests, 'utf8').match(/.+/g) ?? []
      if (daemon.isSlow || lines.length === served) return
      const [command, id, activation] = (lines[served++] as string).split(' ') as [
        'up' | 'down',
        string,
        string,
      ]
      daemon[command](id, activation)
    },
  } as Daemon
  writeFileSync(requests, '')
  daemon.watcher = watch(requests, daemon.work)
  daemon.work()
  return daemon
}
