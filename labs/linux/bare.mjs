// A command in fresh namespaces with an empty network and no daemon: for what the kernel does by itself.
import { spawn } from 'node:child_process'
import { constants } from 'node:os'
import { namespaceFlags, PATH } from './requirements.mjs'

/** /sys shows this network. bash is process 1 because it reaps orphans, which Node does not. */
const SCRIPT = 'mount -t sysfs -o ro sysfs /sys && ip link set lo up && "$@"; exit $?'

const child = spawn(
  'unshare',
  [...namespaceFlags(), '--', 'bash', '-c', SCRIPT, 'bare', ...process.argv.slice(2)],
  {
    stdio: 'inherit',
    env: { ...process.env, PATH },
  },
)
for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP']))
  process.on(signal, () => child.kill(signal))
child.once('error', (error) => {
  console.error(error.message)
  process.exitCode = 127
})
child.once('exit', (code, signal) => {
  process.exitCode = code ?? 128 + constants.signals[signal ?? 'SIGKILL']
})
