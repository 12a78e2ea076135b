// The lab's command: labs/networkd/run COMMAND [ARGS].
import { fileURLToPath } from 'node:url'
import { defaults } from '../linux/config.mjs'
import { runInLab } from '../linux/outside.mjs'
import { obstacle } from './requirements.mjs'

const command = process.argv.slice(2)
const reason = command.length === 0 ? 'run: no command' : obstacle()
if (reason === null) {
  process.exitCode = await runInLab(defaults, command, fileURLToPath(new URL('init.mjs', import.meta.url)))
} else {
  process.stderr.write(`lab: ${reason}\n`)
  process.exitCode = 125
}
