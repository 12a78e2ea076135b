import type { NetworkConfiguration, NetworkConfigurationManager } from 'roamkit'

/**
 * The configuration with that identifier, or else the first one in the manager's order with that name; `null` if there is none. Names come
 * from outside and are not unique, so an identifier always wins.
 */
export function findConfiguration(
  manager: NetworkConfigurationManager,
  wanted: string,
): NetworkConfiguration | null {
  const all = manager.allConfigurations()
  return (
    all.find(({ identifier }) => identifier === wanted) ?? all.find(({ name }) => name === wanted) ?? null
  )
}

/** Resolves to that configuration, when there is one. Rejects with `signal.reason` if it aborts before. */
export function whenListed(
  manager: NetworkConfigurationManager,
  wanted: string,
  signal: AbortSignal,
): Promise<NetworkConfiguration> {
  let undo = () => {}
  const listed = new Promise<NetworkConfiguration>((resolve, reject) => {
    const look = () => {
      const found = findConfiguration(manager, wanted)
      if (found !== null) resolve(found)
    }
    undo = manager.subscribe(look)
    signal.addEventListener('abort', () => reject(signal.reason), { once: true })
    look()
  })
  return listed.finally(undo)
}
