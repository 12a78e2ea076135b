import { isIP } from 'node:net'
import { expect, it } from 'vitest'
import { ipFamily } from '../src/ip-family.js'

it.each([
  ...[
    '10.0.0.1',
    '255.255.255.255',
    '256.0.0.1',
    '1.2.3',
    '1.2.3.4.5',
    '01.2.3.4',
    '',
    ' 1.2.3.4',
    '1.2.3.4/24',
  ],
  ...[
    '::',
    '::1',
    'fe80::1',
    '2001:db8::1:0:0:1',
    '::ffff:10.0.0.1',
    '1:2:3:4:5:6:7:8',
    '1:2:3:4:5:6:7',
    '1::2::3',
  ],
  ...[
    ':',
    ':::',
    '12345::',
    'g::',
    '::1/64',
    'fe80::1 ',
    '[::1]',
    '::ffff:256.0.0.1',
    'a:b',
    '1:2:3:4:5:6:7:8:9',
  ],
])('%j is of the family that Node says', (text) => {
  expect(ipFamily(text)).toBe(isIP(text))
})
