// A real systemd within a lab, to run units on. It starts none of the machine's.
import { execFile } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { endDaemon, FOLDER, pidOf, startDaemon, until } from './daemon.mjs'
import { info } from './lab.mjs'
import { PATH } from './requirements.mjs'

const SYSTEMD = '/lib/systemd/systemd'
const PROGRAM = fileURLToPath(new URL('systemd.sh', import.meta.url))
const UNITS = `${FOLDER}/units`
const env = { ...process.env, PATH, LC_ALL: 'C' }
const run = promisify(execFile)

/** What systemd itself asks for. The first one has nothing to start. */
const TARGETS = ['default', 'sysinit', 'basic', 'shutdown']

/** Its control groups: no two labs have the same namespace. */
const group = () => `roamkit-lab-${readlinkSync('/proc/self/ns/pid').replaceAll(/\D/g, '')}`

/** Runs systemctl; resolves to what it printed, and rejects if it fails. @param {readonly string[]} args */
async function systemctl(...args) {
  const unshare = pidOf('systemd')
  if (unshare === null) throw new Error('lab: systemd is not running')
  const [first] = readFileSync(`/proc/${unshare}/task/${unshare}/children`, 'utf8').split(' ')
  const { stdout } = await run(
    'nsenter',
    ['--target', `${first}`, '--mount', '--pid', 'systemctl', ...args],
    { env },
  )
  return stdout
}

export const systemd = {
  /** Why it cannot run here, or null. */
  obstacle() {
    if (!existsSync(SYSTEMD)) return 'systemd is not installed'
    return info().rootless ? 'a rootless lab cannot mount control groups' : null
  },
  /**
   * Starts it, with these units and nothing else.
   *
   * @param {Readonly<Record<string, string>>} units their texts, by file name: `gateway.service`, `gateway.service.d/more.conf`
   */
  async start(units) {
    const targets = TARGETS.map((name) => [`${name}.target`, `[Unit]\nDescription=${name}\n`])
    for (const [name = '', text = ''] of [...targets, ...Object.entries(units)]) {
      mkdirSync(dirname(`${UNITS}/${name}`), { recursive: true })
      writeFileSync(`${UNITS}/${name}`, text)
    }
    const isRunning = () =>
      systemctl('is-system-running').then(
        () => true,
        () => false,
      )
    await startDaemon('systemd', [PROGRAM, 'begin', UNITS, group()], isRunning)
  },
  ctl: systemctl,
  /** Ends it, and all that it has started, at once. Nothing happens if it was not started. */
  async stop() {
    if (!existsSync(UNITS)) return
    await endDaemon('systemd', 'SIGKILL')
    rmSync(UNITS, { recursive: true, force: true })
    // The kernel does not forget control groups. They are empty soon after their processes are gone.
    const remove = ['/sys/fs/cgroup', '-depth', '-type', 'd', '-path', `*/${group()}*`, '-delete']
    await until('its control groups are gone', () =>
      run('find', remove, { env }).then(
        () => true,
        () => false,
      ),
    )
    await run('umount', ['--recursive', '/sys/fs/cgroup'], { env })
  },
}
