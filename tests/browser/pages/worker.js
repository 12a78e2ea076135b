// A guest in a worker: keeps a session open that roams by a policy, and reports what it sees.
import { connectToHost } from '@roamkit/bridge'
import { online$, session$ } from '@roamkit/rx'

globalThis.addEventListener('message', async ({ ports: [port] }) => {
  if (port === undefined) return
  const mirror = await connectToHost(port)
  const report = (/** @type {unknown} */ what) => postMessage(what)
  report({ configurations: mirror.allConfigurations().map(({ name }) => name) })
  online$(mirror).subscribe((isOnline) => report({ isOnline }))
  const policy = {
    offer: () => /** @type {const} */ ('migrate'),
    trial: () => /** @type {const} */ ('accept'),
  }
  session$(mirror, 'uplinks', { policies: [policy] }).subscribe({
    next: ({ state, activeConfiguration, decision }) =>
      report({ state, activeConfiguration, decided: decision?.answer ?? null }),
    error: ({ name, reason }) => report({ failed: `${name} ${reason}` }),
  })
})
