import { describe, expect, it } from 'vitest'
import type { Output } from '../../src/engine/batch.js'
import type { LinkInput } from '../../src/links/link-messages.js'
import { linkBed, up } from './link-bed.js'

/** A bed that runs the link of `b` with its commands, as the engine does. */
function running(...args: Parameters<typeof linkBed>) {
  const bed = linkBed(...args)
  const outputs: Output[] = []
  /** For whom there was something, because of an input and of what its commands post. */
  const run = async (input: LinkInput) => {
    bed.posted.push(input)
    for (let next = bed.posted.shift(); next !== undefined; next = bed.posted.shift()) {
      const now = bed.links.run('b', next)
      outputs.push(...now)
      for (const output of now) if (output.to === 'system') output.command()
      await bed.pass()
    }
    return outputs.splice(0).map(({ to }) => to)
  }
  return { ...bed, run, open: () => run({ type: 'hold', by: 1 }), close: () => run(DROP) }
}

const DROP = { type: 'drop', by: 1, lastClose: 'restore' } as const

describe('the runner of a link', () => {
  it('H6 while the service is away, has the session counted as a holder, and nothing brought up', async () => {
    const { open, follow, backend, holders, linkStates } = running([{ id: 'b' }], { service: 'lost' })
    follow(1, 'b')
    expect(await open()).toEqual(['system'])
    expect([holders.asked, backend.commands]).toEqual([['watch b', 'lock b', 'join b null'], []])
    expect(linkStates.state('b')).toMatchObject({ command: null, joined: true })
  })

  it('H6 hears of stops elsewhere from the call of open() on, once', async () => {
    const { open, close, follow, holders, linkStates, posted } = running([up('b', 'b-1')])
    follow(1, 'b')
    expect(holders.watchers.size).toBe(0)
    await open()
    await close()
    await open()
    expect(holders.asked.filter((what) => what.startsWith('watch'))).toEqual(['watch b'])
    holders.watchers.get('b')?.('b-1')
    expect(posted).toEqual([{ type: 'stoppingElsewhere', activation: 'b-1' }])
    linkStates.dispose()
    expect(holders.watchers.size).toBe(0)
  })

  it('S7 wants nothing but the system and the sessions told when an opening is given up', async () => {
    const { links, follow } = running([{ id: 'b' }])
    follow(1, 'b')
    const opening = links.run('b', { type: 'hold', by: 1 })
    const late = links.run('b', { type: 'timer', timer: 'activation' })
    expect([opening, late].map((outputs) => outputs.map((output) => output.to))).toEqual([
      ['system'],
      ['session', 'system'],
    ])
  })

  it('says which time of a link is over, and nothing of a link that waits for none', async () => {
    const { links, follow, pass, agenda } = running([{ id: 'b' }])
    follow(1, 'b')
    expect(links.due('b')).toEqual([])
    links.run('b', { type: 'hold', by: 1 })
    links.run('b', { type: 'lockTaken' })
    await pass(30_000)
    expect(agenda.take()).toBe('b')
    expect(links.due('b')).toEqual([{ to: 'link', id: 'b', input: { type: 'timer', timer: 'activation' } }])
  })

  it('has notices for those sessions only that are still there', async () => {
    const { links, follow, linkStates } = running([{ id: 'b' }])
    follow(1, 'b')
    links.run('b', { type: 'hold', by: 1 })
    linkStates.find('b')?.members.clear()
    expect(links.run('b', { type: 'timer', timer: 'activation' }).map(({ to }) => to)).toEqual(['system'])
  })

  it('M7 has one signal for all commands of a link, which aborts with the manager', async () => {
    const { open, close, follow, backend, closing } = running([{ id: 'b' }])
    follow(1, 'b')
    const signals: AbortSignal[] = []
    backend.onActivate = async (_id, { signal }) => {
      signals.push(signal)
      return `b-${signals.length}`
    }
    for (let round = 0; round < 3; round += 1) {
      await open()
      await close()
    }
    expect([signals.length, new Set(signals).size, signals[0]?.aborted]).toEqual([3, 1, false])
    closing.abort()
    expect(signals[0]?.aborted).toBe(true)
  })
})
