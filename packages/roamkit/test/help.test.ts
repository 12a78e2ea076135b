import { expect, test } from 'vitest'
import { parseCommandLine } from '../src/command-line.js'
import { EXAMPLES, HELP } from '../src/help.js'

test.each(EXAMPLES)('the help shows a command line that makes sense: %s', (line, says) => {
  const [program, ...words] = line.split(' ')
  expect(program).toBe('roamkit')
  expect(parseCommandLine(words)).not.toMatchObject({ command: 'help' })
  expect(HELP).toContain(says)
})
