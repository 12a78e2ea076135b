import type { Ground } from './ground.js'

/**
 * Tries out whether a rendezvous keeps its promises for this process. A confined process may not be allowed to bind, connect or read.
 */
export async function standsOn(ground: Ground): Promise<boolean> {
  const key = `probe ${process.pid} ${Math.random()}`
  const member = 'AAAAAAAAAAA'
  try {
    const lock = await ground.take(key)
    if (lock === null) return false
    try {
      const isExclusive = ground.holder(key) !== null && (await ground.take(key)) === null
      const takeDown = await ground.post(key, member, key, { vouch: 'no' })
      const isSeen = ground.posted(key)?.some(({ text }) => text === key) === true
      takeDown()
      return isExclusive && isSeen && ground.posted(key)?.length === 0 && (await counts(ground, key))
    } finally {
      lock.release()
    }
  } catch {
    return false
  }
}

/** Whether attending prevents others from excluding, and the other way round. */
async function counts(ground: Ground, key: string): Promise<boolean> {
  const goAway = await ground.attend(key)
  const isCounted = goAway !== null && (await ground.exclude(key)) === null
  goAway?.()
  const letIn = await ground.exclude(key)
  const isExcluding = letIn !== null && (await ground.attend(key)) === null
  letIn?.()
  return isCounted && isExcluding
}
