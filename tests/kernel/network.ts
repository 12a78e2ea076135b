import { execFile, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** Runs ip, with words that are separated by blanks. */
export async function ip(words: string): Promise<string> {
  return (await run('ip', words.split(' '))).stdout
}

/** Runs several commands in one process of ip, one right after the other. */
export async function ipAll(commands: readonly string[]): Promise<void> {
  const child = spawn('ip', ['-batch', '-'], { stdio: ['pipe', 'ignore', 'pipe'] })
  let said = ''
  child.stderr.on('data', (data) => {
    said += String(data)
  })
  child.stdin.end(`${commands.join('\n')}\n`)
  const [code] = await once(child, 'close')
  if (code !== 0) throw new Error(`ip -batch: ${said}`)
}

/** Makes an interface. Returns what ip says if this kernel does not know its kind, or `null`. */
export function make(words: string): string | null {
  const { status, stderr } = spawnSync('ip', ['link', 'add', ...words.split(' ')], { encoding: 'utf8' })
  return status === 0 ? null : stderr.trim()
}

/** The address of a server in the other namespace, which every cable leads to. */
export const SERVER = '203.0.113.1'

/** Another network namespace, where the far ends of the cables are. */
export interface FarSide {
  readonly pid: number
  /** Runs ip there. */
  ip(words: string): Promise<string>
  end(): Promise<void>
}

/** Starts a process in another network namespace, which sends back whatever it receives on port 8080. */
export async function startFarSide(): Promise<FarSide> {
  const program = fileURLToPath(new URL('far-side.mjs', import.meta.url))
  const child = spawn('unshare', ['--net', process.execPath, program], { stdio: ['pipe', 'pipe', 'inherit'] })
  await once(child.stdout, 'data')
  const { pid } = child
  if (pid === undefined) throw new Error('unshare did not start')
  const enter = (words: string) => ['--target', String(pid), '--net', 'ip', ...words.split(' ')]
  const side = {
    pid,
    ip: async (words: string) => (await run('nsenter', enter(words))).stdout,
    async end() {
      child.stdin.end()
      if (child.exitCode === null) await once(child, 'exit')
    },
  }
  await side.ip('link set lo up')
  await side.ip(`address add ${SERVER}/32 dev lo`)
  return side
}

/** A cable whose near end has the name, and an address and a default route if it is up. */
export class Cable {
  readonly name: string
  readonly #number: number
  readonly #far: FarSide

  private constructor(far: FarSide, name: string, number: number) {
    this.#far = far
    this.name = name
    this.#number = number
  }

  /** Lays a cable. Its near end is switched off, its far end is on. */
  static async lay(far: FarSide, name: string, number: number): Promise<Cable> {
    await ip(`link add ${name} type veth peer name far${number} netns ${far.pid}`)
    await far.ip(`address add 10.66.${number}.1/24 dev far${number}`)
    await far.ip(`link set far${number} up`)
    await ip(`address add 10.66.${number}.2/24 dev ${name}`)
    return new Cable(far, name, number)
  }

  /** As `ifup` does: switched on, with its default route. */
  async up(metric = 100 + this.#number): Promise<void> {
    await ipAll([
      `link set ${this.name} up`,
      `route replace default via 10.66.${this.#number}.1 dev ${this.name} metric ${metric}`,
    ])
  }

  async down(): Promise<void> {
    await ip(`link set ${this.name} down`)
  }

  /** Unplugs the cable, or plugs it in. */
  async plug(to: 'in' | 'out'): Promise<void> {
    await this.#far.ip(`link set far${this.#number} ${to === 'in' ? 'up' : 'down'}`)
  }

  async remove(): Promise<void> {
    await ip(`link delete ${this.name}`).catch(() => undefined)
  }
}
