import { PassThrough } from 'node:stream'
import { expect, test } from 'vitest'
import { ask } from '../src/cli/terminal/ask.js'

/** @param typed what a person types when there is a question */
function terminal(typed = '') {
  const [input, output] = [new PassThrough(), new PassThrough()]
  output.setEncoding('utf8')
  if (typed !== '') output.once('readable', () => input.write(typed))
  return { input, output }
}

const never = new AbortController().signal

test.each([
  ['y\n', true],
  ['Yes\n', true],
  [' n \n', false],
  ['no\n', false],
])('%j is an answer', async (typed, answer) => {
  const screen = terminal(typed)
  expect(await ask('stay?', screen, never)).toBe(answer)
  expect(screen.output.read()).toBe('stay? [y/n]\n')
})

test('anything else is asked again', async () => {
  const screen = terminal('perhaps\n\ny\n')
  expect(await ask('stay?', screen, never)).toBe(true)
  expect(screen.output.read()).toBe('stay? [y/n]\n'.repeat(3))
})

test('what was typed before the question is no answer to it', async () => {
  const screen = terminal('n\n')
  screen.input.write('y\n')
  expect(await ask('stay?', screen, never)).toBe(false)
  screen.output.read()
  screen.input.write('n\n')
  screen.output.once('readable', () => screen.input.write('y\n'))
  expect(await ask('roam?', screen, never)).toBe(true)
})

test('the end of the input is no, also to later questions, which are not asked', async () => {
  const screen = terminal()
  const answer = ask('stay?', screen, never)
  screen.output.once('readable', () => screen.input.end())
  expect(await answer).toBe(false)
  expect(screen.output.read()).toBe('stay? [y/n]\n')
  expect(await ask('roam?', screen, never)).toBe(false)
  expect(screen.output.read()).toBeNull()
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
  const later = new AbortController()
  const screen = terminal()
  screen.output.once('readable', () => later.abort(reason))
  await expect(ask('stay?', screen, later.signal)).rejects.toBe(reason)
})

test('an untrusted question is escaped', async () => {
  const screen = terminal('y\n')
  await ask('\u001b[2J?', screen, never)
  expect(screen.output.read()).toBe('\\u{1b}[2J? [y/n]\n')
})
