import { Socket } from 'node:dgram'
import { readFileSync } from 'node:fs'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { attest, findAttestors } from '../../src/linux/attestation.js'
import { selectBelievedUsers, userFacts } from '../../src/linux/believed-users.js'
import { bind, deriveEndpoints, type Endpoint, formatForKernel } from '../../src/linux/loopback-socket.js'

const isLinux = process.platform === 'linux'
const HEADER =
  '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n'

/** The endpoints of an attempt to attest a statement. */
const endpointsOf = (statement: string, attempt = 0) => deriveEndpoints(`${attempt} ${statement}`, 2)

/** A socket as the kernel shows it. */
const line = (endpoint: Endpoint | undefined, user: number | string) =>
  ` 4711: ${endpoint && formatForKernel(endpoint)} 00000000:0000 07 00000000:00000000 00:00000000 00000000  ${user}        0 12345 2 0000000000000000 0\n`

describe('the users that attest a statement', () => {
  const usersOf = (table: string | null) => [...(findAttestors(['it'], table).get('it') ?? ['unknown'])]

  it.each([0, 1, 2])('are those that have both sockets of attempt %s', (attempt) => {
    const [one, two] = endpointsOf('it', attempt)
    expect(usersOf(HEADER + line(one, 1000) + line(two, 1000))).toEqual([1000])
    expect(usersOf(HEADER + line(one, 1000) + line(two, 1000).trimEnd())).toEqual([1000])
    expect(usersOf(HEADER + line(one, 1000) + line(two, 1001))).toEqual([])
    expect(usersOf(HEADER + line(one, 1000))).toEqual([])
    expect(usersOf(HEADER + line(two, 1000))).toEqual([])
  })

  it('are not those that have one socket each of two attempts, or sockets of a fourth attempt', () => {
    const [one] = endpointsOf('it', 0)
    const [, two] = endpointsOf('it', 1)
    expect(usersOf(HEADER + line(one, 0) + line(two, 0))).toEqual([])
    const fourth = endpointsOf('it', 3).map((endpoint) => line(endpoint, 0))
    expect(usersOf(HEADER + fourth.join(''))).toEqual([])
  })

  it('may be several, each for a statement of its own or for the same one', () => {
    const [one, two] = endpointsOf('it')
    const [third, fourth] = endpointsOf('another', 2)
    const table = [line(one, 7), line(one, 8), line(third, 9), line(two, 8), line(two, 7), line(fourth, 9)]
    const found = findAttestors(['it', 'another', 'a third'], HEADER + table.join(''))
    expect([...found].map(([statement, users]) => [statement, [...users]])).toEqual([
      ['it', [7, 8]],
      ['another', [9]],
      ['a third', []],
    ])
  })

  it('are unknown without a table, or where a line is cut off or names no user', () => {
    const [one, two] = endpointsOf('it')
    expect([usersOf(null), usersOf(''), usersOf(HEADER)]).toEqual([[], [], []])
    for (const user of ['root', '1x', 'x1', '-1'])
      expect(usersOf(HEADER + line(one, user) + line(two, user)), user).toEqual([])
    const cut = line(two, 1000).indexOf(' 1000')
    expect(usersOf(HEADER + line(one, 1000) + line(two, 1000).slice(0, cut))).toEqual([])
    expect(
      usersOf(`${HEADER + line(one, 1000) + line(two, 1000).slice(0, cut)}\n${line(undefined, 1000)}`),
    ).toEqual([])
  })

  it('are not read from a line without a number', () => {
    const [one, two] = endpointsOf('it')
    const bare = (endpoint: Endpoint | undefined) => line(endpoint, 0).replace(' 4711: ', ' ')
    expect(usersOf(bare(one) + bare(two))).toEqual([])
    expect(usersOf(bare(one) + line(two, 0))).toEqual([])
  })
})

describe.skipIf(!isLinux)('an attestation', () => {
  const own = process.getuid?.()
  let statements = 0
  const statement = () => {
    statements += 1
    return `attestation ${process.pid} ${statements}`
  }
  const attestors = (text: string) => [
    ...(findAttestors([text], readFileSync('/proc/self/net/udp', 'utf8')).get(text) ?? []),
  ]
  /** Another program takes that endpoint. */
  async function occupy(endpoint: Endpoint | undefined): Promise<void> {
    const socket = endpoint && (await bind(endpoint, 'exclusive'))
    if (!socket) throw new Error('that endpoint is taken already')
    onTestFinished(() => void socket.close())
  }

  it('is shown by the kernel with its user until it is undone', async () => {
    const text = statement()
    const undo = await attest(text)
    expect(attestors(text)).toEqual([own])
    undo?.()
    expect(attestors(text)).toEqual([])
    for (const endpoint of endpointsOf(text)) await occupy(endpoint)
  })

  it('is made elsewhere if another program has one of its sockets, and leaves nothing behind', async () => {
    const text = statement()
    const [[one, other], [third, fourth]] = [endpointsOf(text), endpointsOf(text, 1)]
    await occupy(other)
    await occupy(third)
    const undo = await attest(text)
    onTestFinished(() => undo?.())
    expect(attestors(text)).toEqual([own])
    await occupy(one)
    await occupy(fourth)
  })

  it('is missing if other programs have a socket of every attempt', async () => {
    const text = statement()
    for (const attempt of [0, 1, 2]) await occupy(endpointsOf(text, attempt)[attempt % 2])
    expect(await attest(text)).toBeNull()
    for (const attempt of [0, 1, 2]) await occupy(endpointsOf(text, attempt)[(attempt + 1) % 2])
  })
})

describe('an attestation that the system refuses', () => {
  it('is missing', async () => {
    const spy = vi.spyOn(Socket.prototype, 'bind').mockImplementation(function (this: Socket) {
      queueMicrotask(() => this.emit('error', new Error('EMFILE')))
      return this
    })
    onTestFinished(() => spy.mockRestore())
    expect(await attest('refused')).toBeNull()
  })
})

describe('the users that are believed', () => {
  const all = '         0          0 4294967295\n'
  const believed = (trusted: readonly number[], facts: Partial<Parameters<typeof selectBelievedUsers>[1]>) =>
    [...selectBelievedUsers(trusted, { own: 1000, map: all, overflow: 65_534, ...facts })].sort()

  it('are root, this user, and the trusted ones', () => {
    expect(believed([], {})).toEqual([0, 1000])
    expect(believed([5, 65_534], {})).toEqual([0, 1000, 5, 65_534])
    expect(believed([5], { map: null })).toEqual([0, 1000, 5])
  })

  it.each([
    null,
    '',
    '0 1000 1\n',
    '0 1000 4294967295',
    '1 0 4294967295',
    '10 0 4294967295',
    '0 0 4294967294',
    '0 0 42949672950',
    '0 0 4294967295 1',
    '00 4294967295',
    '0 04294967295',
    '0 0 1\n1 0 0 4294967295\n',
    '0 0 4294967295\n1 1 1\n',
  ])('are not the one that stands for the users without a number here, if the map is %j', (map) => {
    expect(believed([65_534], { map })).toEqual([0, 1000])
    expect(believed([], { map, own: 65_534 })).toEqual([0])
  })

  it.each(['0 0 4294967295', '\t 0\t\t0   4294967295 \n\n'])('include it if %j maps everybody', (map) => {
    expect(believed([65_534], { map })).toEqual([0, 1000, 65_534])
    // This process itself may be without a number.
    expect(believed([65_534], { map, own: 65_534 })).toEqual([0])
  })

  it.each([
    [() => 1000, 1000],
    [undefined, 0],
  ])('include the user of this process, where the platform has users: %s', (getuid, own) => {
    const before = process.getuid
    onTestFinished(() => void Object.assign(process, { getuid: before }))
    Object.assign(process, { getuid })
    expect(userFacts().own).toBe(own)
  })

  it.skipIf(!isLinux)('follow from what the kernel says about this process', () => {
    expect(userFacts()).toEqual({
      own: process.getuid?.(),
      map: readFileSync('/proc/self/uid_map', 'utf8'),
      overflow: Number(readFileSync('/proc/sys/kernel/overflowuid', 'utf8')),
    })
  })
})
