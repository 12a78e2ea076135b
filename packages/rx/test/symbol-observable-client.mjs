// Runs in its own process, where something defines Symbol.observable before anything else is loaded.
Object.defineProperty(Symbol, 'observable', { value: Symbol('observable') })
const { from } = await import('rxjs')
const { mock } = await import('@roamkit/backend-mock')
const { NetworkConfigurationManager } = await import('@roamkit/core')

const manager = await NetworkConfigurationManager.open(mock({ configurations: [{ id: 'a', link: 'up' }] }))
/** @type {string[]} */
const emitted = []
from(manager.createSession('a')).subscribe({
  next: ({ state }) => emitted.push(state),
  complete: () => emitted.push('complete'),
})
emitted.push('subscribed')
await manager.close()
console.log(emitted.join(' '))
