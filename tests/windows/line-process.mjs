import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { createInterface } from 'node:readline'

/** How often Wine is asked for a process: it refuses one now and then (`spawn UNKNOWN`) on a busy machine. */
const ATTEMPTS = 5

/** @param {readonly string[]} args @returns {Promise<import('node:child_process').ChildProcess>} */
async function spawned(args, attempt = 1) {
  const child = spawn(process.execPath, args, { stdio: 'ignore' })
  try {
    await once(child, 'spawn')
    return child
  } catch (error) {
    if (attempt === ATTEMPTS) throw error
    return spawned(args, attempt + 1)
  }
}

/**
 * Another node.exe that is talked to in lines of JSON, by TCP: Wine has no pipes. Its last argument is the port.
 *
 * @param {readonly string[]} args
 */
export async function startLineProcess(args) {
  const server = createServer()
  await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(null)))
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address())
  const child = await spawned([...args, String(port)]).catch((error) => {
    server.close()
    throw error
  })
  const exited = new Promise((resolve) => child.once('exit', resolve))
  const socket = await new Promise((resolve, reject) => {
    server.once('connection', resolve)
    child.once('exit', (code) => {
      server.close()
      reject(new Error(`it ended with ${code}`))
    })
  })
  /** @type {Set<(message: any) => void>} */
  const heard = new Set()
  const lines = createInterface({ input: socket })
  // One that is killed resets the connection, which the lines tell once more.
  for (const source of [socket, lines]) source.on('error', () => {})
  lines.on('line', (line) => {
    for (const hear of [...heard]) hear(JSON.parse(line))
  })
  return {
    heard,
    isThere: () => child.exitCode === null && child.signalCode === null,
    /** @param {object} message */
    send: (message) => void (socket.writable && socket.write(`${JSON.stringify(message)}\n`)),
    /** Without farewell. */
    async kill() {
      child.kill('SIGKILL')
      await exited
      // Under Wine the end of a process is not always seen on its connections.
      socket.destroy()
      server.close()
    },
  }
}
