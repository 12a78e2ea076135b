import { PassThrough } from 'node:stream'
import { expect, test } from 'vitest'
import { askSecret } from '../src/cli/terminal/ask-secret.js'

const never = new AbortController().signal

function terminal() {
  const modes: boolean[] = []
  const input = Object.assign(new PassThrough(), { setRawMode: (isRaw: boolean) => modes.push(isRaw) })
  const output = new PassThrough().setEncoding('utf8')
  let interrupts = 0
  const interrupt = () => {
    interrupts += 1
  }
  return { screen: { input, output, interrupt }, modes, interrupts: () => interrupts }
}

test.each([
  ['an answer', 'sourdough\r', 'sourdough'],
  ['an answer, one key at a time', [...'sourdough\r'], 'sourdough'],
  ['a mistake that is erased', 'sourx\u007fdough\n', 'sourdough'],
  ['a character of two units that is erased', 'a😀\bb\r', 'ab'],
  ['a line that is erased', 'yeast\u0015sourdough\r', 'sourdough'],
  ['arrow keys', ['so', '\u001b[A', 'ur\r'], 'sour'],
  ['an arrow key in one piece with letters', 'so\u001b[Dur\r', 'sour'],
  ['letters that come in one piece with an arrow key', '\u001b[A\u001bOBsour\r', 'sour'],
  ['a function key in two pieces', ['so\u001b', '[1;', '5~ur\r'], 'sour'],
  ['a paste between its marks', '\u001b[200~sour\u001b[201~dough\r', 'sourdough'],
  ['other control characters', 'so\u0007ur\r', 'sour'],
  ['letters in two pieces', [Buffer.from([0xc3]), Buffer.from([0xa9, 0x0d])], 'é'],
  ['only Enter', '\r', null],
  ['Ctrl-D', '\u0004', null],
])('%s', async (_, typed, answer) => {
  const { screen, modes } = terminal()
  const asked = askSecret('key', screen, never)
  for (const piece of typeof typed === 'string' ? [typed] : typed) {
    screen.input.write(piece)
    await new Promise((resolve) => setImmediate(resolve))
  }
  expect(await asked).toBe(answer)
  expect([screen.output.read(), modes]).toEqual(['key: \n', [true, false]])
})

test('Ctrl-C in one piece with an arrow key interrupts', async () => {
  const { screen, interrupts } = terminal()
  const abort = new AbortController()
  const asked = askSecret('key', screen, abort.signal)
  screen.input.write('\u001b[A\u0003')
  await expect.poll(interrupts).toBe(1)
  abort.abort(new Error('interrupted'))
  await expect(asked).rejects.toThrow('interrupted')
})

test('a file that is pasted by mistake does not keep the terminal busy', async () => {
  const { screen } = terminal()
  const asked = askSecret('key', screen, never)
  screen.input.write(`${'x'.repeat(200_000)}\r`)
  expect((await asked)?.length).toBe(4096)
})

test('the end of the input is no answer', async () => {
  const { screen, modes } = terminal()
  const asked = askSecret('key', screen, never)
  screen.input.end()
  expect([await asked, modes]).toEqual([null, [true, false]])
})

test('Ctrl-C interrupts, and the question waits for what comes of that', async () => {
  const { screen, interrupts } = terminal()
  const abort = new AbortController()
  const asked = askSecret('key', screen, abort.signal)
  screen.input.write('ab\u0003')
  await expect.poll(interrupts).toBe(1)
  abort.abort(new Error('interrupted'))
  await expect(asked).rejects.toThrow('interrupted')
})

test('an abort ends it with its reason and shows again what is typed, before and meanwhile', async () => {
  const reason = new Error('withdrawn')
  const before = terminal()
  await expect(askSecret('key', before.screen, AbortSignal.abort(reason))).rejects.toBe(reason)
  expect(before.modes).toEqual([])
  const { screen, modes } = terminal()
  const abort = new AbortController()
  const asked = askSecret('key', screen, abort.signal)
  abort.abort(reason)
  await expect(asked).rejects.toBe(reason)
  expect([modes, screen.input.listenerCount('data')]).toEqual([[true, false], 0])
})

test('an untrusted question is escaped', async () => {
  const { screen } = terminal()
  screen.input.write('x\r')
  await askSecret('key of \u001b[2J', screen, never)
  expect(screen.output.read()).toBe('key of \\u{1b}[2J: \n')
})
