#!/usr/bin/env node
import { readFileSync } from 'node:fs'
import { backendAdvice } from './cli/backend-advice.js'
import { parseCommandLine } from './cli/command-line.js'
import { demo } from './cli/commands/demo.js'
import { doctor } from './cli/commands/doctor.js'
import { holders } from './cli/commands/holders.js'
import { list } from './cli/commands/list.js'
import { monitor } from './cli/commands/monitor.js'
import { open } from './cli/commands/open.js'
import { record } from './cli/commands/record.js'
import { replay } from './cli/commands/replay.js'
import { roam } from './cli/commands/roam.js'
import { scan } from './cli/commands/scan.js'
import { selfTest } from './cli/commands/self-test.js'
import { OUTPUT_FAILED } from './cli/exit-codes.js'
import { type Output, standardOutput } from './cli/output.js'
import { type Request, UsageError } from './cli/request.js'

async function main(words: readonly string[], output: Output): Promise<number> {
  try {
    return await run(parseCommandLine(words, output), output)
  } catch (error) {
    output.note(error instanceof Error ? error.message : String(error))
    const advice = error instanceof UsageError ? `see ${error.help}` : backendAdvice(error)
    if (advice !== null) output.note(advice)
    return error instanceof UsageError ? 2 : 1
  }
}

async function run(request: Request, output: Output): Promise<number> {
  switch (request.command) {
    case 'list':
      return list(request, output)
    case 'scan':
      return scan(request, output)
    case 'holders':
      return holders(request, output)
    case 'monitor':
      return monitor(request, output)
    case 'open':
      return open(request, output)
    case 'roam':
      return roam(request, output)
    case 'doctor':
      return doctor(request, output)
    case 'selfTest':
      return selfTest(request, output)
    case 'record':
      return record(request, output)
    case 'replay':
      return replay(request, output)
    case 'demo':
      return demo(output)
    case 'help':
      output.line(request.text)
      return 0
    case 'version':
      output.line(version())
      return 0
  }
}

function version(): string {
  const text = readFileSync(new URL('../package.json', import.meta.url), 'utf8')
  return (JSON.parse(text) as { version: string }).version
}

const output = standardOutput(process)
// Only at the end: the last line may fail after the command is done. A signal's exit code stays.
process.on('exit', (code) => {
  if (output.end === 'failure' && code < 128) process.exitCode = OUTPUT_FAILED
})
// Set, and not exited with: what is written is to arrive, and nothing keeps the process alive any more.
process.exitCode = await main(process.argv.slice(2), output)
