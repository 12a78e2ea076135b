import { expect, it } from 'vitest'
import { linkBed, up } from './links/link-bed.js'

it('L3: a network is ranked again once when a child has recovered, however often its times are noted', async () => {
  const { catalogue, recoveries, agenda, see, pass } = linkBed([up('a', 'a-1'), { id: 'b' }])
  catalogue.define({ identifier: 'net', members: ['a', 'b'] })
  const network = catalogue.network('net')
  if (network === null) throw new Error('it was defined')
  catalogue.noteRelapse(network, 'a')
  see({ id: 'a' }, { id: 'b' })
  see(up('a', 'a-2'), { id: 'b' })
  recoveries.arm()
  recoveries.arm()
  await pass(3000)
  const due: unknown[] = []
  for (let owner = agenda.take(); owner !== null; owner = agenda.take()) due.push(owner)
  expect(due).toHaveLength(1)
})
