#!/usr/bin/env node
import { closeSync, readFileSync } from 'node:fs'
import { isatty } from 'node:tty'
import { backendAdvice } from './cli/backend-advice.js'
import { parseCommandLine } from './cli/command-line.js'
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

/** Loads only the command that was asked for. */
async function run(request: Request, output: Output): Promise<number> {
  switch (request.command) {
    case 'list':
      return (await import('./cli/commands/list.js')).list(request, output)
    case 'scan':
      return (await import('./cli/commands/scan.js')).scan(request, output)
    case 'holders':
      return (await import('./cli/commands/holders.js')).holders(request, output)
    case 'monitor':
      return (await import('./cli/commands/monitor.js')).monitor(request, output)
    case 'open':
      return (await import('./cli/commands/open.js')).open(request, output)
    case 'roam':
      return (await import('./cli/commands/roam.js')).roam(request, output)
    case 'doctor':
      return (await import('./cli/commands/doctor.js')).doctor(request, output)
    case 'selfTest':
      return (await import('./cli/commands/self-test.js')).selfTest(request, output)
    case 'record':
      return (await import('./cli/commands/record.js')).record(request, output)
    case 'replay':
      return (await import('./cli/commands/replay.js')).replay(request, output)
    case 'completion':
      output.line((await import('./cli/completion/scripts.js')).SCRIPTS[request.shell])
      return 0
    case 'complete':
      return (await import('./cli/commands/complete.js')).complete(request, output)
    case 'demo':
      return (await import('./cli/commands/demo.js')).demo(output)
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

/** Node 20 aborts at its end if a terminal has vanished that it began with, unless the descriptor is closed. */
function closeVanished(terminals: readonly number[]): void {
  for (const descriptor of terminals.filter((one) => !isatty(one)))
    try {
      closeSync(descriptor)
    } catch {
      // It is closed already.
    }
}

const terminals = [0, 1, 2].filter((descriptor) => isatty(descriptor))
const output = standardOutput(process)
// Only at the end: the last line may fail after the command is done. A signal's exit code stays.
process.on('exit', (code) => {
  if (output.end === 'failure' && code < 128) process.exitCode = OUTPUT_FAILED
  closeVanished(terminals)
})
// Set, and not exited with: what is written is to arrive, and nothing keeps the process alive any more.
process.exitCode = await main(process.argv.slice(2), output)
