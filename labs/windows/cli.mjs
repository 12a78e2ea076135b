// labs/windows/run: one program in a fresh lab.
import { NODES } from './downloads.mjs'
import { runInLab } from './namespaces.mjs'
import { obstacle } from './requirements.mjs'

const HELP = `labs/windows/run [--node 20|22] [--limit SECONDS] [NODE-FLAGS] FILE [ARGS]   node.exe in a fresh lab
labs/windows/run [--node 20|22] [--limit SECONDS] --machine CMD...            CMD on its Linux side; wine-node is node.exe
labs/windows/run --check                                                      what is missing on this machine
`

/** Our options come first; the others are node's. @param {string[]} args */
function parse(args) {
  const rest = [...args]
  /** @type {{ node: import('./downloads.mjs').NodeVersion, limit: number }} */
  const options = { node: '22', limit: 300 }
  for (;;) {
    if (rest[0] === '--node') {
      const node = NODES.find((version) => version === rest[1])
      if (node === undefined) throw new Error(`--node ${NODES.join(' or ')}`)
      options.node = node
    } else if (rest[0] === '--limit') {
      options.limit = Number(rest[1])
      if (!(options.limit > 0)) throw new Error('--limit: seconds')
    } else {
      return { options, command: rest[0] === '--machine' ? rest.slice(1) : ['wine-node', ...rest] }
    }
    rest.splice(0, 2)
  }
}

/** @param {string[]} args @returns {Promise<number>} exit code */
async function main(args) {
  if (args.length === 0 || args[0] === '--help') {
    process.stdout.write(HELP)
    return args.length === 0 ? 2 : 0
  }
  const reason = obstacle()
  if (reason !== null) throw new Error(reason)
  if (args[0] === '--check') {
    process.stdout.write('a lab can run here\n')
    return 0
  }
  const { options, command } = parse(args)
  return await runInLab(command, options)
}

try {
  process.exitCode = await main(process.argv.slice(2))
} catch (error) {
  process.stderr.write(`lab: ${error instanceof Error ? error.message.replace(/^lab: /, '') : error}\n`)
  process.exitCode = 125
}
