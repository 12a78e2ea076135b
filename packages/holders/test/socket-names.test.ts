import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { findOwner, parseListeners, readTable } from '../src/linux/kernel-table.js'
import {
  entryNames,
  lockName,
  NAME_LENGTH,
  parseEntries,
  subscriptionName,
  subscriptionPrefix,
} from '../src/linux/socket-name.js'

const KEY = '["networkmanager /run/dbus/system_bus_socket net:[4026531840]","é"]'
const A = 'AAAAAAAAAAA'
const TEXTS = [
  '',
  'x',
  'é"\n\\',
  'long '.repeat(300),
  ...Array.from({ length: 200 }, (_, length) => 'y'.repeat(length * 7)),
]

describe('the names of sockets', () => {
  it('are as long as names can be, and plain', () => {
    const names = [
      lockName(KEY),
      subscriptionName(KEY, A),
      ...TEXTS.flatMap((text) => entryNames(KEY, A, text)),
    ]
    expect(names.filter((name) => !/^[\w.-]+$/.test(name) || name.length !== NAME_LENGTH)).toEqual([])
  })

  it('say every text verbatim, whatever their order', () => {
    for (const text of TEXTS)
      expect(parseEntries(KEY, [...entryNames(KEY, A, text)].reverse())).toEqual([{ member: A, text }])
  })

  it('refuse a text that is too long, and hold one of 1500 bytes', () => {
    expect(() => entryNames(KEY, A, 'é'.repeat(751))).toThrow(RangeError)
    expect(parseEntries(KEY, entryNames(KEY, A, 'é'.repeat(750)))).toEqual([
      { member: A, text: 'é'.repeat(750) },
    ])
  })

  it('show the old text or the new one at every moment of a change, and that the member is present', () => {
    const [old, next] = ['old '.repeat(80), 'next '.repeat(100)].map((text) => entryNames(KEY, A, text))
    const states: (readonly string[])[] = []
    // The new names are bound one after the other, then the old ones closed, the one that says that somebody is there first.
    const bound = [...(old ?? [])]
    for (const name of next ?? [])
      states.push([...bound, ...(next ?? []).slice(0, (next ?? []).indexOf(name) + 1)])
    const closing = [...(old ?? [])].reverse()
    for (const [count] of closing.entries()) states.push([...closing.slice(count + 1), ...(next ?? [])])
    for (const state of states) {
      const seen = parseEntries(KEY, state)
      expect(seen.length).toBeGreaterThan(0)
      for (const { member, text } of seen) {
        expect(member).toBe(A)
        expect(['old '.repeat(80), 'next '.repeat(100)]).toContain(text)
      }
    }
  })

  it('of a stranger hide no member: one that is tampered with is present, with an unreadable text', () => {
    const names = entryNames(KEY, A, 'text '.repeat(100))
    const [part = ''] = names
    const forged = `${part.slice(0, 30)}${part.charAt(30) === 'A' ? 'B' : 'A'}${part.slice(31)}`
    for (const more of [[...names, forged], names.slice(1), [forged, ...names.slice(1)]])
      expect(parseEntries(KEY, more)).toEqual([{ member: A, text: null }])
    const copied = entryNames('another key', A, 'text').map((name, index, all) =>
      index === all.length - 1 ? name.slice(0, 9) + (names.at(-1) ?? '').slice(9, 25) + name.slice(25) : name,
    )
    expect(parseEntries(KEY, copied)).toEqual([{ member: A, text: null }])
    expect(parseEntries('another key', names)).toEqual([])
  })
})

describe('the sockets of an entry', () => {
  it.each([
    [0, 1],
    [40, 1],
    [41, 2],
    [101, 2],
    [102, 3],
  ])('are no more than a text of %i bytes needs: %i', (bytes, sockets) => {
    expect(entryNames(KEY, A, 'x'.repeat(bytes)).length).toBe(sockets)
  })

  it('say nothing if there are more entries than are read, but that the members are present', () => {
    const members = ['AAAAAAAAAAA', 'BBBBBBBBBBB', 'CCCCCCCCCCC']
    const names = members.flatMap((member) => entryNames(KEY, member, 'text'))
    expect(parseEntries(KEY, names, 3)).toEqual(members.map((member) => ({ member, text: 'text' })))
    expect(parseEntries(KEY, names, 2)).toEqual(members.map((member) => ({ member, text: null })))
  })

  it('say nothing if their number is unreadable', () => {
    const [head = ''] = entryNames(KEY, A, 'text')
    expect(head.charAt(52)).toBe('0')
    expect(parseEntries(KEY, [`${head.slice(0, 52)}.${head.slice(53)}`])).toEqual([{ member: A, text: null }])
  })
})

it('the names of the subscriptions to a key, and of no other, begin in the same way', () => {
  const prefix = subscriptionPrefix(KEY)
  expect([KEY, 'another key'].map((key) => subscriptionName(key, A).startsWith(prefix))).toEqual([
    true,
    false,
  ])
})

describe("the kernel's table", () => {
  const name = lockName(KEY)
  const line = (inode: number, path: string, state = '00000002 00000000 00010000 0001 01') =>
    `00000000a36c7d94: ${state} ${inode} ${path}\n`

  it('shows who listens, and does not take a connection for a listener', () => {
    const table = [
      'Num       RefCount Protocol Flags    Type St Inode Path\n',
      line(1, '/run/dbus/system_bus_socket'),
      line(2, `@${name}`),
      line(3, `@${name}`, '00000003 00000000 00000000 0001 03'),
      line(4, '@roamkit1 short'),
    ]
    expect(parseListeners(table.join(''))).toEqual([{ name, inode: '2' }])
    expect(parseListeners('')).toEqual([])
  })

  it('shows who has a name, whether or not it listens, also if it is only bound', () => {
    const bound = '00000002 00000000 00000000 0001 01'
    const connected = '00000003 00000000 00000000 0001 03'
    const others = line(1, '/run/x') + line(2, `@${lockName('other')}`)
    expect(findOwner(others + line(9, `@${name}`, bound), name)).toBe('9')
    expect(findOwner(others + line(7, `@${name}`, connected) + line(9, `@${name}`), name)).toBe('9')
    expect(findOwner(line(8, `@${name}`, connected) + line(7, `@${name}`, connected), name)).toBe('7')
    // Names of another type of socket are others.
    expect(findOwner(line(9, `@${name}`, '00000002 00000000 00000000 0002 01'), name)).toBeNull()
    expect(findOwner(others, name)).toBeNull()
  })

  it('is not forged by a name with a line feed in it: none is long enough', () => {
    const forged = `\n${line(9, `@${name}`)}`.slice(0, NAME_LENGTH)
    expect(parseListeners(line(5, `@${forged}`) + line(6, `@${'x'.repeat(NAME_LENGTH)}`))).toEqual([])
    expect(parseListeners(line(5, `@${forged}`).trimEnd())).toEqual([])
  })

  it('does not show a name after other text, or a longer one, as ours', () => {
    expect(parseListeners(line(5, `@x @${name}`) + line(6, `@${name}x`) + line(7, `/tmp/ @${name}`))).toEqual(
      [],
    )
  })

  it('does not show a name with other characters in it as ours', () => {
    for (const strange of [' ', '@', '\n', 'é'])
      expect(parseListeners(line(5, `@${name.slice(0, 50)}${strange}${name.slice(51)}`))).toEqual([])
  })

  it('may be as long as the limit, and must be a file', () => {
    const folder = mkdtempSync(join(tmpdir(), 'roamkit-'))
    onTestFinished(() => rmSync(folder, { recursive: true }))
    const path = join(folder, 'unix')
    const limit = 4 * 1024 * 1024
    writeFileSync(path, Buffer.alloc(limit))
    expect(readTable(path)?.length).toBe(limit)
    writeFileSync(path, Buffer.alloc(limit + 1))
    expect([readTable(path), readTable(folder)]).toEqual([null, null])
  })

  it.skipIf(process.platform !== 'linux')('leaves no file open', () => {
    const open = () => readdirSync('/proc/self/fd').length
    const before = open()
    for (let count = 0; count < 50; count += 1) readTable('/proc/self/net/unix')
    expect(open()).toBeLessThan(before + 25)
  })

  it('is read to its end, and not at all where it is flooded beyond what a machine has by itself, or is not there', () => {
    const folder = mkdtempSync(join(tmpdir(), 'roamkit-'))
    onTestFinished(() => rmSync(folder, { recursive: true }))
    const read = (sockets: number) => {
      const path = join(folder, 'unix')
      const own = line(7, `@${name}`)
      writeFileSync(path, own + line(8, `@${'x'.repeat(NAME_LENGTH)}`).repeat(sockets) + own)
      const table = readTable(path)
      return table && parseListeners(table).length
    }
    expect(read(20_000)).toBe(2)
    expect(read(40_000)).toBeNull()
    expect(readTable(join(folder, 'nothing'))).toBeNull()
  })
})
