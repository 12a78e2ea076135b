import type { Run } from '@roamkit/lab-wifi'
import { beforeAll, describe, expect, it } from 'vitest'
import { eventsOf, playAll, RUN_LIMIT } from './played.js'

let run: Run
beforeAll(async () => {
  run = await playAll()
}, RUN_LIMIT)

describe('a session on real Wi-Fi', () => {
  it('connects, and takes the link down again (S3, S8)', (context) => {
    expect(eventsOf(run, 'connect', context)).toEqual([])
  })
})
