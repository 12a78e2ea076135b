import { describe, expect, it } from 'vitest'
import { Authentication } from '../src/bus/authentication.js'

/** What a server says, line by line, and what is answered to each. */
function converse(lines: readonly string[], user: number | null = 1000): string[] {
  const authentication = new Authentication(user)
  const said: string[] = []
  for (const line of lines) {
    const step = authentication.receive(Buffer.from(line, 'latin1'))
    if (step.next === 'fail') said.push(`fail: ${step.words}`)
    else if (step.next === 'begin') said.push(`${step.text}|${step.rest.toString('latin1')}`)
    else said.push(step.text)
  }
  return said
}

const NAMED = 'AUTH EXTERNAL 31303030\r\n'

describe('authentication', () => {
  it('begins without a name, after the zero byte that carries the credentials', () => {
    expect(new Authentication(1000).greeting).toBe('\0AUTH EXTERNAL\r\n')
  })

  it.each<[string, string[], string[]]>([
    ['DATA, then OK', ['DATA\r\n', 'OK 0123\r\n'], ['DATA\r\n', 'BEGIN\r\n|']],
    ['OK at once', ['OK 0123\r\n'], ['BEGIN\r\n|']],
    ['OK without an id', ['OK\r\n'], ['BEGIN\r\n|']],
    ['lines in pieces', ['DA', 'TA\r', '\nOK 01', '23\r\n'], ['', '', 'DATA\r\n', 'BEGIN\r\n|']],
    ['all at once, and more', ['DATA\r\nOK 0123\r\nl\x04\x01\x01'], ['BEGIN\r\n|l\x04\x01\x01']],
    ['a server that wants a name', ['REJECTED EXTERNAL\r\n', 'OK 0123\r\n'], [NAMED, 'BEGIN\r\n|']],
    [
      'a server that wants one after DATA',
      ['DATA\r\n', 'REJECTED\r\n', 'OK\r\n'],
      ['DATA\r\n', NAMED, 'BEGIN\r\n|'],
    ],
    ['a server that knows no empty form', ['ERROR "what"\r\n', 'OK\r\n'], [NAMED, 'BEGIN\r\n|']],
    [
      'one that knows no empty DATA',
      ['DATA\r\n', 'ERROR\r\n', 'REJECTED EXTERNAL\r\n', 'OK\r\n'],
      ['DATA\r\n', 'CANCEL\r\n', NAMED, 'BEGIN\r\n|'],
    ],
  ])('%s', (_, lines, said) => {
    const all = lines.length === said.length ? converse(lines) : converse(lines).slice(-said.length)
    expect(all).toEqual(said)
  })

  it('answers in one go what came in one', () => {
    const step = new Authentication(0).receive(Buffer.from('DATA\r\nREJECTED X\r\n'))
    expect(step).toEqual({ next: 'send', text: 'DATA\r\nAUTH EXTERNAL 30\r\n' })
  })

  it.each<[string, string[], RegExp]>([
    [
      'refused twice',
      ['REJECTED EXTERNAL\r\n', 'REJECTED DBUS_COOKIE_SHA1\r\n'],
      /refused EXTERNAL.*"REJECTED DBUS_COOKIE_SHA1"/,
    ],
    ['a line that never ends', ['x'.repeat(2000)], /too long/],
    ['a line that never ends, in pieces', ['x'.repeat(600), 'x'.repeat(600)], /too long/],
    ['a line that is too long', [`OK ${'x'.repeat(2000)}\r\n`], /too long/],
    ['words that are none of the protocol', ['HTTP/1.1 400 Bad Request\r\n'], /said "HTTP/],
    ['words for a terminal', ['\x1b[31mred\r\n'], /\\u001b/],
    ['DATA without end', ['DATA\r\n'.repeat(20)], /too many lines/],
    ['ERROR without end', Array(12).fill('DATA\r\nERROR\r\n'), /too many lines/],
  ])('%s: fails, with the server’s own words', (_, lines, words) => {
    expect(converse(lines).find((said) => said.startsWith('fail'))).toMatch(words)
  })

  it('without a user id there is no second attempt', () => {
    expect(converse(['REJECTED EXTERNAL\r\n'], null)).toEqual([
      'fail: the server refused EXTERNAL authentication with "REJECTED EXTERNAL"',
    ])
  })
})
