import { expect, test } from 'vitest'
import { runCli } from './running-cli.js'

test('the demo plays a life of a session and says what it is', async () => {
  const { code, stdout, stderr } = await runCli(['demo'])
  const [title, ...lines] = stdout.trimEnd().split('\n')
  expect(title).toContain('the network is the mock, time is virtual')
  const played = lines.flatMap(
    (line) =>
      /^ *(\d+) ms {2}(>?) +(\S+(?: \S+)*) {2}/.exec(line)?.slice(1).join(' ').replaceAll('  ', ' ') ?? [],
  )
  expect(played).toEqual([
    '0 > session.open()',
    '0 connecting',
    '120 connected',
    '120 opened',
    '1000 > cable out',
    '1000 notAvailable',
    '3000 > cable in',
    '3000 connected',
    '4000 > cable out',
    '4000 notAvailable',
    '9000 error',
    '9000 closed',
    '9000 closing',
    '9040 disconnected',
    '10000 > session.open()',
    '10000 connecting',
    '10120 connected',
    '10120 opened',
    '11000 > session.close()',
    '11000 closed',
    '11000 closing',
    '11040 disconnected',
  ])
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
})
