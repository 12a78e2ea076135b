// A window whose manager is in another process, such as Electron's main process: the same component, on the mirrors of `@roamkit/bridge`.
import { connectToHost } from '@roamkit/bridge'
import { createRoot } from 'react-dom/client'
import { NetworkStatus } from './network-status.jsx'

// The host passes the window one end of a channel, and shares a session as `uplink`.
globalThis.addEventListener('message', async ({ ports: [port] }) => {
  if (port === undefined) return
  const manager = await connectToHost(port)
  const session = manager.sharedSessions.get('uplink')
  createRoot(document.querySelector('main')).render(<NetworkStatus manager={manager} session={session} />)
})
