import { spawn } from 'node:child_process'
import { createServer } from 'node:net'
import { createInterface } from 'node:readline'

/**
 * Another node.exe that is talked to in lines of JSON, by TCP: Wine has no pipes. Its last argument is the port.
 *
 * @param {readonly string[]} args
 */
export async function startLineProcess(args) {
  const server = createServer()
  await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(null)))
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address())
  const child = spawn(process.execPath, [...args, String(port)], { stdio: 'ignore' })
  const exited = new Promise((resolve) => child.once('exit', resolve))
  const socket = await new Promise((resolve, reject) => {
    server.once('connection', resolve)
    child.once('exit', (code) => reject(new Error(`it ended with ${code}`)))
  })
  /** @type {Set<(message: any) => void>} */
  const heard = new Set()
  socket.on('error', () => {})
  createInterface({ input: socket }).on('line', (line) => {
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
      server.close()
    },
  }
}
