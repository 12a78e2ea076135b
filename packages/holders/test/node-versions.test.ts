import { beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { nodeBinary, OTHER_VERSIONS } from '../../../scripts/node-versions.mjs'
import { type FarProcess, farGround } from './far-ground.js'

const A = 'AAAAAAAAAAA'
const B = 'BBBBBBBBBBB'

async function far(node?: string): Promise<FarProcess> {
  const ground = await farGround(node)
  onTestFinished(() => ground.kill())
  return ground
}

/** Reason for the skip elsewhere: the ground is Linux's. */
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

  it('read and ring each other, both ways', async () => {
    const [here, there] = [await far(), await far(other)]
    const key = `versions ${process.pid} ${version} 2`
    const long = 'é'.repeat(300)
    await here.post(key, A, 'short')
    await there.post(key, B, long)
    const all = [
      { member: A, text: 'short' },
      { member: B, text: long },
    ]
    for (const ground of [here, there])
      expect(
        [...((await ground.posted(key)) ?? [])].sort((one, two) => (one.member < two.member ? -1 : 1)),
      ).toEqual(all)
    await here.hang(key, A)
    await there.hang(key, B)
    await here.ring(key, A, 'to B')
    await there.ring(key, B, 'to A')
    await expect
      .poll(async () => [await here.rung(), await there.rung()].flat(), { interval: 5 })
      .not.toEqual([])
  })
})
