// Prints the configurations of scripted Windows, and how long it took from the first import until they were there.
const start = performance.now()
const { windows } = await import('@roamkit/backend-windows')
const { NetworkConfigurationManager } = await import('@roamkit/core')
const { libraries } = JSON.parse(process.argv[2] ?? '{}')
const manager = await NetworkConfigurationManager.open(windows({ libraries }))
const names = manager.allConfigurations().map(({ name }) => name)
const ms = performance.now() - start
console.log(JSON.stringify({ names, ms }))
await manager.close()
