import { PassThrough } from 'node:stream'
import { expect, test } from 'vitest'
import { ask } from '../src/cli/terminal/ask.js'

function terminal() {
  const [input, output] = [new PassThrough(), new PassThrough()]
  output.setEncoding('utf8')
  return { input, output }
}

const never = new AbortController().signal

test.each([
  ['y\n', true],
  ['Yes\n', true],
  [' n \n', false],
  ['no\n', false],
])('%j is an answer', async (typed, answer) => {
  const screen = terminal()
  screen.input.write(typed)
  expect(await ask('stay?', screen, never)).toBe(answer)
  expect(screen.output.read()).toBe('stay? [y/n]\n')
})

test('anything else is asked again', async () => {
  const screen = terminal()
  screen.input.write('perhaps\n\ny\n')
  expect(await ask('stay?', screen, never)).toBe(true)
  expect(screen.output.read()).toBe('stay? [y/n]\n'.repeat(3))
})

test('the end of the input is no', async () => {
  const screen = terminal()
  screen.input.end()
  expect(await ask('stay?', screen, never)).toBe(false)
})

test('an input that fails is no', async () => {
  const screen = terminal()
  const answer = ask('stay?', screen, never)
  screen.input.destroy(Object.assign(new Error('read EIO'), { code: 'EIO' }))
  expect(await answer).toBe(false)
})

test('an abort ends it with its reason, before and meanwhile', async () => {
  const reason = new Error('withdrawn')
  await expect(ask('stay?', terminal(), AbortSignal.abort(reason))).rejects.toBe(reason)
  const abort = new AbortController()
  const asked = ask('stay?', terminal(), abort.signal)
  abort.abort(reason)
  await expect(asked).rejects.toBe(reason)
})

test('an untrusted question is escaped', async () => {
  const screen = terminal()
  screen.input.write('y\n')
  await ask('\u001b[2J?', screen, never)
  expect(screen.output.read()).toBe('\\u{1b}[2J? [y/n]\n')
})
