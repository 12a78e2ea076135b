import { describe, expect, it } from 'vitest'
import { lockedWithRivals, rivalsOf } from '../../src/engine/links/rival-locks.js'
import { linkBed, up, type WrittenLink } from './link-bed.js'

/** Which locks are taken, in order, for a command about `b`. */
async function locksTaken(...links: readonly WrittenLink[]): Promise<readonly string[]> {
  const { context, holders, pass } = linkBed(links)
  const done = lockedWithRivals(context, 'b', async () => holders.asked.slice())
  await pass()
  return done
}

describe('the links that an activation would displace', () => {
  it('are those that are not down on the same device', () => {
    const { backend } = linkBed([
      up('a', 'a-1'),
      { id: 'b' },
      { id: 'c', link: 'deactivating', activation: 'c-1' },
      { id: 'd' },
      up('e', 'e-1', { device: 'eth1' }),
    ])
    expect(rivalsOf(backend, 'b').map(({ id }) => id)).toEqual(['a', 'c'])
  })

  it('are none for a link without a device, or of a configuration that has gone', () => {
    const { backend } = linkBed([up('a', 'a-1', { device: null }), { id: 'b', device: null }])
    expect([rivalsOf(backend, 'b'), rivalsOf(backend, 'gone')]).toEqual([[], []])
  })
})

describe('H5 the locks of an activation', () => {
  it('are those of the device, and then of the links on it, in the order of their ids', async () => {
    expect(await locksTaken(up('c', 'c-1'), { id: 'b' }, up('a', 'a-1'))).toEqual([
      'lock device lab eth0',
      'lock a',
      'lock b',
      'lock c',
    ])
  })

  it('are only its own if it has no device', async () => {
    expect(await locksTaken({ id: 'b', device: null }, up('a', 'a-1', { device: null }))).toEqual(['lock b'])
  })

  it('are only its own if its configuration has gone', async () => {
    expect(await locksTaken()).toEqual(['lock b'])
  })

  it('are taken again, with that of a link that came up on the device meanwhile', async () => {
    const { context, holders, backend, pass } = linkBed([{ id: 'a' }, { id: 'b' }])
    const release = holders.takeLock('lab', 'b')
    let held: readonly boolean[] = []
    void lockedWithRivals(context, 'b', async (locked) => {
      held = ['a', 'b', 'c'].map((id) => locked.has(id))
    })
    await pass()
    backend.write([up('a', 'a-1'), { id: 'b' }])
    release()
    await pass()
    expect(held).toEqual([true, true, false])
    expect(holders.asked.filter((what) => what !== 'lock device lab eth0')).toEqual([
      'lock b',
      'lock a',
      'lock b',
    ])
  })

  it('say nothing of a link that is not among them', async () => {
    const { context, holders, pass } = linkBed([{ id: 'b' }, { id: 'd' }])
    holders.script('b', { owned: 'b-1' })
    const done = lockedWithRivals(context, 'b', async (locked) => {
      expect(locked.of('b').owned).toBe('b-1')
      expect(() => locked.of('d')).toThrow("no lock for 'd'")
    })
    await pass()
    await done
  })
})
