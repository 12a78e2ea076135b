import { describe, expect, it, vi } from 'vitest'
import {
  A,
  type Asked,
  answer,
  leavingNothing,
  lookUp,
  lookUpBy,
  nameServer,
  TRUNCATED,
} from './names-servers.js'

// As where koffi is not installed, or the system has no SO_BINDTODEVICE.
vi.mock('../src/binding/native.js', async (original) => ({
  ...(await original<object>()),
  loadNative: () => ({ native: null, reason: 'left out in this test' }),
}))

const HOST = 'host.example'

/** Answers over TCP only. */
const byStream = (asked: Asked) =>
  asked.send(
    asked.by === 'udp' ? answer(asked, [], { flags: TRUNCATED }) : answer(asked, [A(HOST, '192.0.2.1')]),
  )

describe('name servers of a link whose sockets can only be bound to its address', () => {
  it('are asked from an address of the link', async () => {
    const server = await nameServer(byStream)
    const link = { addresses: ['127.0.0.12/8'] }
    expect(await leavingNothing(() => lookUpBy(server, HOST, { link }))).toEqual(['192.0.2.1'])
    expect(server.asked.map(({ by, from }) => `${by} ${from}`)).toEqual(['udp 127.0.0.12', 'tcp 127.0.0.12'])
  })

  it('are left out if the link has no address of their family', async () => {
    const server = await nameServer(byStream)
    const link = { dns: ['2001:db8::1', 'fe80::1', server.address] }
    expect(await lookUpBy(server, HOST, { link })).toEqual(['192.0.2.1'])
  })

  it('reject if the link has lost the address', async () => {
    const link = { addresses: ['192.0.2.7/24'], dns: ['192.0.2.1'] }
    await expect(
      leavingNothing(() => lookUp(HOST, { link, sources: { rounds: [1], shortestWait: 1 } })),
    ).rejects.toMatchObject({ code: 'EAI_AGAIN' })
  })
})
