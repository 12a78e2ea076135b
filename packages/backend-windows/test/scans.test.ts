import { describe, expect, it } from 'vitest'
import type { CommandContext } from '../src/commands/command-context.js'
import { Commands } from '../src/commands/commands.js'
import { WifiState, WinError } from '../src/ffi/numbers.js'
import { captured, WIFI } from './captured.js'

const call = { signal: new AbortController().signal }
const STICK = '{33333333-3333-4333-8333-333333333333}'

/** Commands on a machine with these Wi-Fi interfaces. Windows answers each request to scan with the next of `codes`, and then with success. */
function scanner(states: Readonly<Record<string, number>>, ...codes: number[]) {
  const asked: string[] = []
  const wifi = Object.entries(states).flatMap(([guid, state]) =>
    captured.wifi.map((table) => ({ ...table, guid, state })),
  )
  const commands = new Commands({
    host: { clock: { now: () => 0, after: () => () => {} }, log() {}, changed() {} },
    service: {
      current: {
        async scan(guid: string) {
          asked.push(guid)
          return codes.shift() ?? WinError.Success
        },
      },
    },
    tables: () => ({ ...captured, wifi }),
    markDirty() {},
    loseWifi() {},
    whenRead: async () => {},
  } as unknown as CommandContext)
  const end = async (guid: string) => {
    await new Promise<void>((resolve) => setImmediate(resolve))
    commands.note({ kind: 'scanned', guid })
  }
  return { commands, asked, end }
}

describe('a scan', () => {
  it('leaves out an interface whose radio is off, as long as another one can scan', async () => {
    const { commands, asked, end } = scanner({ [STICK]: WifiState.NotReady, [WIFI]: WifiState.Connected })
    const scan = commands.scan('yes', call)
    await end(WIFI)
    await scan
    expect(asked).toEqual([WIFI])
  })

  it('asks Windows for the reason if no interface can scan', async () => {
    const { commands, asked } = scanner({ [WIFI]: WifiState.NotReady }, WinError.RadioOff)
    await expect(commands.scan('yes', call)).rejects.toThrow('cannot scan: the radio is switched off')
    expect(asked).toEqual([WIFI])
  })

  it('goes on if Windows refuses another one on the same interface', async () => {
    const { commands, end } = scanner(
      { [WIFI]: WifiState.Connected },
      WinError.Success,
      WinError.NotSupported,
    )
    const first = commands.scan('yes', call)
    await expect(commands.scan('yes', call)).rejects.toMatchObject({ code: 'ERR_NOT_SUPPORTED' })
    await end(WIFI)
    await first
  })

  it('ends with all others if the service is away', async () => {
    const { commands } = scanner({ [WIFI]: WifiState.Connected }, WinError.Success, WinError.ServiceNotActive)
    const both = [commands.scan('yes', call), commands.scan('yes', call)]
    for (const scan of both) await expect(scan).rejects.toMatchObject({ code: 'ERR_SERVICE_LOST' })
  })
})
