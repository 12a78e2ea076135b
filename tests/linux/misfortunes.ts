import { execFile, spawn } from 'node:child_process'
import { promisify } from 'node:util'
import { afterAll, beforeEach, it, onTestFinished } from 'vitest'
import { Gateway } from './gateway.js'
import { calm, until } from './host.js'

/** What came of a misfortune. */
interface Outcome {
  /** What happens, in words. */
  readonly happens: string
  /** How long it took until the gateway delivered again, in milliseconds, and what else took time. */
  readonly recovery: string
}

const rows: string[] = []
const total = { readings: 0, again: 0 }

/** Sets up the lab for misfortunes, and prints what came of them at the end. */
export function useMisfortunes(): void {
  beforeEach(calm)
  afterAll(async () => {
    await calm()
    console.log(
      ['| misfortune | what happens | time to recovery |', '| --- | --- | --- |', ...rows].join('\n'),
      `\n${total.readings} readings, none lost, ${total.again} delivered twice`,
    )
  }, 60_000)
}

/** One of them: what it is called in the table and in `docs/fleets.md`, and what happens. No reading may be lost. */
export function misfortune(name: string, rules: string, run: () => Promise<Outcome>, timeout = 60_000): void {
  it(`${name} (${rules})`, { timeout }, async () => {
    const { happens, recovery } = await run()
    const { readings, again } = await Gateway.last.finish()
    total.readings += readings
    total.again += again
    rows.push(`| ${name} | ${happens} | ${recovery} |`)
  })
}

/** Milliseconds as people say them. */
export function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`
}

/** How long something takes, in milliseconds. */
export async function timeOf(run: Promise<unknown>): Promise<number> {
  const before = performance.now()
  await run
  return performance.now() - before
}

/** Lets real time pass, to see that nothing happens in it. */
export function pass(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}

const run = promisify(execFile)

/** Runs `ip` on the machine's side. */
export const ip = (line: string) => run('ip', line.split(' '))

/** Runs `ip` on the other side of the links. */
export const peer = (line: string) => ip(`-n peer ${line}`)

/** A name server at the far end of a link, which knows every name, until the test is over or it is stopped. */
export async function nameServer(address: string): Promise<{ stop(): Promise<void> }> {
  const options = ['--no-daemon', '--conf-file=/dev/null', '--no-resolv', '--no-hosts', '--log-facility=-']
  const names = ['--port=53', '--bind-interfaces', `--listen-address=${address}`, '--address=/#/203.0.113.1']
  const server = spawn('nsenter', ['--net=/run/netns/peer', '--', 'dnsmasq', ...options, ...names], {
    stdio: 'ignore',
  })
  const ended = new Promise<void>((resolve) => server.once('exit', () => resolve()))
  const stop = () => {
    server.kill('SIGKILL')
    return ended
  }
  onTestFinished(stop)
  await until(async () => {
    const { stdout } = await run('nsenter', ['--net=/run/netns/peer', '--', 'cat', '/proc/net/udp'])
    if (!stdout.includes(`${littleEndian(address)}:0035 `)) throw new Error(`no name server on ${address}`)
  })
  return { stop }
}

/** As `/proc/net/udp` writes an IPv4 address. */
function littleEndian(address: string): string {
  const bytes = address.split('.').map((byte) => Number(byte).toString(16).padStart(2, '0'))
  return bytes.reverse().join('').toUpperCase()
}
