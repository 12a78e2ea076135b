import { readFileSync, renameSync, rmSync, watch, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { activationNames } from '@roamkit/core/contract'

/** Stands in for the daemon: its links come up as soon as it is asked to bring them up. */
export function startDaemon(folder) {
  const [file, requests] = [join(folder, 'links.json'), join(folder, 'requests')]
  const links = ['north', 'south'].map((id) => ({ id, state: 'down', activation: null, ended: null }))
  const find = (id) => links.find((link) => link.id === id)
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
      const ended = { activation, reason: 'requested', native: null }
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
      const [command, id, activation] = lines[served++].split(' ')
      daemon[command](id, activation)
    },
  }
  writeFileSync(requests, '')
  daemon.watcher = watch(requests, daemon.work)
  daemon.work()
  return daemon
}
