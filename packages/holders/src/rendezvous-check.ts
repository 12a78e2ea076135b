import type { Rendezvous } from './rendezvous.js'

/**
 * Tries out whether a rendezvous keeps its promises for this process. A confined process may not be allowed to bind, connect or read.
 */
export async function isRendezvousUsable(rendezvous: Rendezvous): Promise<boolean> {
  const key = `probe ${process.pid} ${Math.random()}`
  const member = 'AAAAAAAAAAA'
  try {
    const lock = await rendezvous.take(key)
    if (lock === null) return false
    try {
      const isExclusive = rendezvous.holder(key) !== null && (await rendezvous.take(key)) === null
      const takeDown = await rendezvous.post(key, member, key, { attest: 'no' })
      const isSeen = rendezvous.entries(key)?.some(({ text }) => text === key) === true
      takeDown()
      return isExclusive && isSeen && rendezvous.entries(key)?.length === 0 && (await counts(rendezvous, key))
    } finally {
      lock.release()
    }
  } catch {
    return false
  }
}

/** Whether attending prevents others from excluding, and the other way round. */
async function counts(rendezvous: Rendezvous, key: string): Promise<boolean> {
  const goAway = await rendezvous.attend(key)
  const isCounted = goAway !== null && (await rendezvous.exclude(key)) === null
  goAway?.()
  const letIn = await rendezvous.exclude(key)
  const isExcluding = letIn !== null && (await rendezvous.attend(key)) === null
  letIn?.()
  return isCounted && isExcluding
}
