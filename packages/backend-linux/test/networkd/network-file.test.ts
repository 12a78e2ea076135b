import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readSettings, settingsOf } from '../../src/networkd/network-file.js'

const QUIET = 'IPv6AcceptRA=no\n'

describe('a .network file', () => {
  it.each([
    ['DHCP', '[Network]\nDHCP=yes\n', true, true],
    ['DHCP of one family', `[Network]\nDHCP=ipv6\n${QUIET}`, true, false],
    [
      'DHCP whose routes are not wanted',
      `[Network]\nDHCP=ipv4\n${QUIET}[DHCPv4]\nUseRoutes=no\n`,
      true,
      false,
    ],
    ['an address without a gateway', `[Network]\nAddress=10.0.0.2/24\n${QUIET}`, true, false],
    [
      'an address with a gateway',
      `[Network]\n${QUIET}Gateway=10.0.0.1\n[Address]\nAddress=10.0.0.2/24\n`,
      true,
      true,
    ],
    [
      'a default route',
      `[Network]\n${QUIET}[Route]\nGateway=10.0.0.1\n[Route]\nDestination=10.1.0.0/16\n`,
      false,
      true,
    ],
    [
      'a route to one network',
      `[Network]\n${QUIET}[Route]\nGateway=10.0.0.1\nDestination=10.1.0.0/16\n`,
      false,
      false,
    ],
    [
      'a default route that is spelt out',
      `[Network]\n${QUIET}[Route]\nDestination=::/0\nGateway=fe80::1\n`,
      false,
      true,
    ],
    [
      'a default route without a gateway',
      `[Network]\n${QUIET}[Route]\nDestination=0.0.0.0/0\nScope=link\n`,
      false,
      true,
    ],
    [
      'a default route that forbids everything else',
      `[Network]\n${QUIET}[Route]\nDestination=::/0\nType=unreachable\n`,
      false,
      false,
    ],
    ['a default route to the device', `[Network]\n${QUIET}DefaultRouteOnDevice=yes\n`, false, true],
    ['the older word for DHCP of both families', `[Network]\nDHCP=both\n${QUIET}`, true, true],
    ['the older word for DHCP of IPv4', `[Network]\nDHCP=v4\n${QUIET}`, true, true],
    ['the older word for DHCP of IPv6', `[Network]\nDHCP=v6\n${QUIET}`, true, false],
    ['the older word for no DHCP', `[Network]\nDHCP=none\n${QUIET}`, false, false],
    [
      'the older name of the section about DHCP',
      `[Network]\nDHCP=ipv4\n${QUIET}[DHCP]\nUseRoutes=no\n`,
      true,
      false,
    ],
    ['the older name for routers', '[Network]\nIPv6AcceptRouterAdvertisements=no\n', false, false],
    ['nothing but the listening to routers', '[Network]\n', false, true],
    ['no IPv6', '[Network]\nLinkLocalAddressing=no\n', false, false],
    ['link-local addresses of IPv4', `[Network]\nLinkLocalAddressing=ipv4\n${QUIET}`, true, false],
    ['a later value that is empty', `[Network]\nDHCP=yes\nDHCP=\n${QUIET}`, false, false],
    ['comments and blanks', `# DHCP=yes\n[Network]\n ; DHCP=yes\n  DHCP = no \r\n${QUIET}`, false, false],
    ['a setting outside of all sections', `DHCP=yes\n[Network]\n${QUIET}`, false, false],
    ['a setting on two lines', `[Network]\nDHCP=\\\nyes\n${QUIET}`, true, true],
    ['names of objects', `[__proto__]\nconstructor=yes\n[Network]\n__proto__=yes\n${QUIET}`, false, false],
    ['no text', '', false, true],
  ])('with %s', (_what, text, hasAddresses, leadsOut) => {
    expect(settingsOf(text)).toEqual({ hasAddresses, leadsOut })
  })

  describe('is read', () => {
    const unknown = { hasAddresses: null, leadsOut: null }
    let folder = ''

    beforeAll(() => {
      folder = mkdtempSync(join(tmpdir(), 'networkd-'))
    })
    afterAll(() => rmSync(folder, { recursive: true }))

    it('from its path', () => {
      const path = join(folder, 'a.network')
      writeFileSync(path, `[Network]\nDHCP=ipv4\n${QUIET}`)
      expect(readSettings(path)).toEqual({ hasAddresses: true, leadsOut: true })
    })

    it('if it is a file of a sensible size with such a name, and is unknown otherwise', () => {
      const large = join(folder, 'large.network')
      writeFileSync(large, '#'.repeat(2 ** 20 + 1))
      const pipe = join(folder, 'pipe.network')
      execFileSync('mkfifo', [pipe])
      const directory = join(folder, 'folder.network')
      mkdirSync(directory)
      const paths = [
        null,
        '',
        'a.network',
        '/etc/passwd',
        join(folder, 'none.network'),
        large,
        pipe,
        directory,
        '/a\0.network',
      ]
      for (const path of paths) expect(readSettings(path)).toEqual(unknown)
    })
  })
})
