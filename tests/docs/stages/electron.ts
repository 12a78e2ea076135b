import { connectToHost } from '@roamkit/bridge'
import { allUplinks, NetworkConfigurationManager } from 'roamkit'
import { network } from './network.js'

/** For an example in Electron's main process. */
export const manager = await NetworkConfigurationManager.open(network)
export const session = manager.createSession(manager.defineServiceNetwork(allUplinks))

/** Its window gets a port, and connects. */
let mirrored: ReturnType<typeof connectToHost> | null = null
export const browserWindow = {
  webContents: {
    postMessage(_channel: string, _message: unknown, [port]: [MessagePort]): void {
      mirrored = connectToHost(port)
    },
  },
}
export const MessageChannelMain = MessageChannel

export async function finish(): Promise<void> {
  if (mirrored === null) throw new Error('the window has no port')
  const uplink = (await mirrored).sharedSessions.get('uplink')
  await uplink?.open()
  if (!session.isConnected) throw new Error('the window cannot open the session')
  await manager.close()
}
