import { beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { nodeBinary, OTHER_VERSIONS } from '../../../scripts/node-versions.mjs'
import { type FarProcess, farRendezvous } from './far-rendezvous.js'

const A = 'AAAAAAAAAAA'
const B = 'BBBBBBBBBBB'

async function far(node?: string): Promise<FarProcess> {
  const rendezvous = await farRendezvous(node)
  onTestFinished(() => rendezvous.kill())
  return rendezvous
}

/** Reason for the skip elsewhere: the rendezvous is Linux's. */
describe.skipIf(process.platform !== 'linux').each(OTHER_VERSIONS)('this Node and Node %s', (version) => {
  let other: string
  beforeAll(async () => {
    other = await nodeBinary(version)
  }, 60_000)

  it('have the same locks, both ways', async () => {
    const [here, there] = [await far(), await far(other)]
    const key = `versions ${process.pid} ${version}`
    expect(await here.take(key)).toBe(true)
    expect(await there.take(key)).toBe(false)
    await here.release(key)
    expect(await there.take(key)).toBe(true)
    expect(await here.take(key)).toBe(false)
    await there.kill()
    expect(await here.take(key)).toBe(true)
  })

  it('read and notify each other, both ways', async () => {
    const [here, there] = [await far(), await far(other)]
    const key = `versions ${process.pid} ${version} 2`
    const long = 'é'.repeat(300)
    await here.post(key, A, 'short')
    await there.post(key, B, long)
    const all = [
      { member: A, text: 'short' },
      { member: B, text: long },
    ]
    for (const rendezvous of [here, there])
      expect(
        [...((await rendezvous.entries(key)) ?? [])].sort((one, two) => (one.member < two.member ? -1 : 1)),
      ).toEqual(all)
    await here.subscribe(key, A)
    await there.subscribe(key, B)
    await here.notify(key, A, 'to B')
    await there.notify(key, B, 'to A')
    await expect
      .poll(async () => [await here.notifications(), await there.notifications()].flat(), { interval: 5 })
      .not.toEqual([])
  })
})
