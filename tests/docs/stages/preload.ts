import { connectToHost, hostManager } from '@roamkit/bridge'
import { NetworkConfigurationManager } from 'roamkit'
import { network } from './network.js'

/** For an example in a preload script of Electron: the main process sends it a port, and its window connects. */
const manager = await NetworkConfigurationManager.open(network)
const { port1, port2 } = new MessageChannel()
hostManager(manager, port1)

export const ipcRenderer = {
  on(_channel: string, listener: (event: { readonly ports: readonly MessagePort[] }) => void): void {
    listener({ ports: [port2] })
  },
}

let mirrored: ReturnType<typeof connectToHost> | null = null
export const window = {
  postMessage(_message: unknown, _origin: string, [port]: readonly MessagePort[]): void {
    if (port !== undefined) mirrored = connectToHost(port)
  },
}

export async function finish(): Promise<void> {
  if ((await mirrored)?.isClosed !== false) throw new Error('the window is not connected')
  await manager.close()
}
