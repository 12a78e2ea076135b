import { expect, test } from 'vitest'
import { runCli } from './running-cli.js'

test('the demo plays a life of a session, then a roam, and says what it is', async () => {
  const { code, stdout, stderr } = await runCli(['demo'])
  const [first = '', second = ''] = stdout.split('\n\n')
  const [title, ...lines] = first.split('\n')
  expect(title).toContain('real library, mock network, virtual time')
  expect(played(lines)).toEqual([
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
  expect(played(second.split('\n'))).toEqual([
    '0 > session.open()',
    '0 connecting',
    '120 connected',
    '120 opened',
    '120 activeConfigurationChanged',
    '1000 > cable in',
    '1000 preferredConfigurationChanged',
    '1300 > offer.migrate()',
    '1300 roaming',
    '1420 newConfigurationActivated',
    '1420 activeConfigurationChanged',
    '1800 > trial.accept()',
    '1800 connected',
    '2000 > cable out',
    '2000 roaming',
    '2000 preferredConfigurationChanged',
    '2300 > offer.migrate()',
    '2420 newConfigurationActivated',
    '2420 activeConfigurationChanged',
    '2800 > trial.accept()',
    '2800 connected',
    '3000 > listener off',
    '3500 > cable in',
    '6500 roaming',
    '6620 connected',
    '6620 activeConfigurationChanged',
    '7500 > session.close()',
    '7500 closed',
    '7500 activeConfigurationChanged',
    '7500 closing',
    '7540 disconnected',
  ])
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
})

/** The lines of a time line in short: when, whether the script did it, and what. */
function played(lines: readonly string[]): readonly string[] {
  return lines.flatMap(
    (line) =>
      /^ *(\d+) ms {2}(>?) +(\S+(?: \S+)*) {2}/.exec(line)?.slice(1).join(' ').replaceAll('  ', ' ') ?? [],
  )
}
