// Prints the configurations, and how long it took from the first import until they were there.
const start = performance.now()
const { networkManager } = await import('@roamkit/backend-linux')
const { NetworkConfigurationManager } = await import('@roamkit/core')
const manager = await NetworkConfigurationManager.open(networkManager())
const names = manager.allConfigurations().map(({ name }) => name)
const ms = performance.now() - start
console.log(JSON.stringify({ names, ms }))
await manager.close()
