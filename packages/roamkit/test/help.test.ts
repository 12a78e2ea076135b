import { expect, test } from 'vitest'
import { parseCommandLine } from '../src/cli/command-line.js'
import { EXAMPLES } from '../src/cli/help.js'

test.each(EXAMPLES)('the help of %s shows a valid command line: %s', (command, line, says) => {
  const [program, ...words] = line.split(' ')
  expect(program).toBe('roamkit')
  expect(parseCommandLine(words)).not.toMatchObject({ command: 'help' })
  const help = parseCommandLine(command === 'program' ? ['--help'] : [command, '--help'])
  expect(help).toMatchObject({ text: expect.stringContaining(says) })
})

test('the help of a command that has its own backend offers no other', () => {
  for (const command of ['replay', 'demo'])
    expect(parseCommandLine([command, '--help'])).toMatchObject({
      text: expect.not.stringContaining('--backend'),
    })
})
