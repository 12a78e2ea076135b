import { expect, it } from 'vitest'
import { diagnosisFactsOf } from '../src/engine/diagnosis-facts.js'
import type { Engine } from '../src/engine/engine.js'
import { linkBed, up } from './links/link-bed.js'

it('a diagnosis knows which links sessions hold, and which are going down', () => {
  const links = [
    up('held', 'h-1'),
    { ...up('falling', 'f-1'), link: 'deactivating' as const },
    up('seen', 's-1'),
  ]
  const { catalogue, holders, linkStates, watch, follow, put } = linkBed(links)
  for (const [by, { id }] of links.entries()) follow(by, id)
  put('held', { holds: linkStates.state('held').holds.with(0, 'held') })
  catalogue.define({ identifier: 'net', members: ['seen'] })
  const engine = { catalogue, holders, links: linkStates.all, watch, isClosing: false, isClosed: false }
  const facts = diagnosisFactsOf(engine as unknown as Engine)
  expect(facts).toMatchObject({ held: new Set(['held']), falling: new Set(['falling']), isClosed: false })
  expect(facts.networks.map(({ identifier }) => identifier)).toEqual(['net'])
  const closed = diagnosisFactsOf({ ...engine, isClosing: true, isClosed: true } as unknown as Engine)
  expect(closed).toMatchObject({ networks: [], isClosed: true })
})
