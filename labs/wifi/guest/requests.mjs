// Counts the requests that NetworkManager gets, as the bus sees them.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { run, until } from './programs.mjs'

const NAME = 'org.freedesktop.NetworkManager'

/** How many calls NetworkManager got while something ran. @param {() => Promise<unknown>} during */
export async function requestsWhile(during) {
  const bus = ['--dest=org.freedesktop.DBus', '/org/freedesktop/DBus', 'org.freedesktop.DBus.GetNameOwner']
  const answer = await run('dbus-send', '--system', '--print-reply', ...bus, `string:${NAME}`)
  const owner = /string "(:[\d.]+)"/.exec(answer)?.[1]
  if (owner === undefined) throw new Error(`the bus knows no owner of ${NAME}`)
  const monitor = spawn('dbus-monitor', ['--system', '--profile', "type='method_call'"], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let output = ''
  monitor.stdout.on('data', (data) => {
    output += data
  })
  // It sees a call of ours, so it would see others.
  const mark = () =>
    run('dbus-send', '--system', '--print-reply', `--dest=${NAME}`, '/', 'org.freedesktop.DBus.Peer.Ping')
  const marks = () => output.split('\n').filter((line) => line.includes('Ping')).length
  await until('the monitor sees calls', async () => {
    await mark()
    return marks() > 0
  })
  const seen = output.length
  await during()
  const before = marks()
  await mark()
  await until('the monitor has seen everything', () => marks() > before)
  monitor.kill()
  await once(monitor, 'exit')
  const calls = output
    .slice(seen)
    .split('\n')
    .map((line) => line.split('\t'))
  return calls.filter(
    ([kind, , , , to, , , member]) => kind === 'mc' && (to === owner || to === NAME) && member !== 'Ping',
  ).length
}
