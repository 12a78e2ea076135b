import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { publishedPackages } from '../../scripts/packages.mjs'
import { installArchives, pack } from '../../scripts/packed-packages.mjs'

/** What a program printed, and how it ended. */
export interface Ran {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** An application's folder, somewhere else, in which the packages are installed as a stranger installs them. */
export interface Installation extends AsyncDisposable {
  readonly folder: string
  /** The paths in each package's archive, by the package's name. */
  readonly contents: ReadonlyMap<string, readonly string[]>
  /** Runs a file of the folder on a Node. */
  run(node: string, file: string): Promise<Ran>
  /** Runs the command line as the folder's `.bin` has it, on the Node that its PATH has. */
  roamkit(node: string, ...words: string[]): Promise<Ran>
  write(file: string, text: string): void
}

/** Packs what is published, and installs the archives in an empty folder. */
export async function install(): Promise<Installation> {
  const place = mkdtempSync(join(tmpdir(), 'roamkit-packs-'))
  const [archives, folder] = [join(place, 'archives'), join(place, 'application')]
  mkdirSync(folder)
  const write = (file: string, text: string) => writeFileSync(join(folder, file), text)
  const run = (program: string, words: readonly string[], node: string) =>
    output(program, words, { cwd: folder, path: dirname(node) })
  try {
    const contents = await pack(archives)
    write('package.json', '{ "name": "stranger", "private": true, "type": "module" }')
    await installArchives(archives, { into: folder, others: optionalPeers() })
    return {
      folder,
      contents,
      write,
      run: (node, file) => run(node, [file], node),
      roamkit: (node, ...words) => run(join(folder, 'node_modules/.bin/roamkit'), words, node),
      async [Symbol.asyncDispose]() {
        rmSync(place, { recursive: true, force: true })
      },
    }
  } catch (error) {
    rmSync(place, { recursive: true, force: true })
    throw error
  }
}

/** What only one entry of a package needs, with the types of Node that such packages are written in. */
function optionalPeers(): string[] {
  const peers = publishedPackages().flatMap(
    ({ manifest: { peerDependencies = {}, peerDependenciesMeta = {} } }) =>
      Object.entries(peerDependencies).filter(([name]) => peerDependenciesMeta[name]?.optional === true),
  )
  return [...peers.map(([name, range]) => `${name}@${range}`), '@types/node@20']
}

/** Runs a program in the environment of a stranger, for at most `timeout` ms. */
export function output(
  program: string,
  words: readonly string[],
  { cwd, path, timeout = 30_000 }: { readonly cwd: string; readonly path: string; readonly timeout?: number },
): Promise<Ran> {
  const child = spawn(program, words, {
    cwd,
    // A stranger has none of our variables, and no bus.
    env: {
      PATH: `${path}${delimiter}${process.env.PATH}`,
      HOME: cwd,
      NO_COLOR: '1',
      DBUS_SYSTEM_BUS_ADDRESS: `unix:path=${cwd}/none`,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout,
  })
  let [stdout, stderr] = ['', '']
  child.stdout.setEncoding('utf8').on('data', (text) => (stdout += text))
  child.stderr.setEncoding('utf8').on('data', (text) => (stderr += text))
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code) => resolve({ code, stdout, stderr }))
  })
}
