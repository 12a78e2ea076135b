import { generic } from '@roamkit/backend-generic'
import { type LinuxOptions, linux } from '@roamkit/backend-linux'
import { checkOptions, type Expected, expected } from '@roamkit/core/backend-kit'
import { type Backend, BackendError, type BackendHost, type Call, type Driver } from '@roamkit/core/contract'
import { firstOf } from './first-of.js'

/** Options of {@link platform}, for the backends that it may pick. A backend ignores those of other backends. */
export interface PlatformOptions
  extends Pick<LinuxOptions, 'busAddress' | 'callTimeout' | 'trustedUsers' | 'visibleNetworks'> {}

const OPTIONS: Readonly<Record<keyof PlatformOptions, Expected>> = {
  busAddress: expected.text,
  callTimeout: expected.milliseconds,
  trustedUsers: expected.listOf(expected.number),
  visibleNetworks: expected.flag,
}

/**
 * The driver for this machine, picked when it is opened: `linux()` of `@roamkit/backend-linux` on Linux, which picks a daemon or the kernel and
 * follows when that changes; Windows's own services on Windows; and where these are not there, or on any other system, what Node itself can see
 * (`generic`: it observes, and cannot bring links up). `manager.backend` says which one it is, and which were passed over and why. Opening rejects
 * with the picked backend's error, or with `signal.reason`.
 * @throws TypeError or RangeError for an option that does not exist, or cannot have that value
 */
export function platform(options: PlatformOptions = {}): Driver {
  checkOptions('platform()', options, OPTIONS)
  return firstOf('platform', () => driversFor(process.platform, options))
}

/** The drivers that fit a system, by the name that Node has for it, the best first. */
export function driversFor(system: string, options: PlatformOptions): readonly Driver[] {
  if (system === 'linux') return [linux(options), generic()]
  return system === 'win32' ? [windowsLazily(options), generic()] : [generic()]
}

/**
 * The Windows backend is an optional dependency and is loaded only on Windows. It needs koffi, whose binary npm installs for the current
 * system. If it is not installed, the next backend is tried.
 */
export function windowsLazily({ visibleNetworks = false }: Pick<PlatformOptions, 'visibleNetworks'>): Driver {
  let driver: Driver | null = null
  return {
    contract: 1,
    name: 'windows',
    async open(host: BackendHost, call: Call): Promise<Backend> {
      const { windows } = await windowsBackend()
      driver ??= windows({ visibleNetworks })
      return driver.open(host, call)
    },
  }
}

async function windowsBackend() {
  try {
    return await import('@roamkit/backend-windows')
  } catch (cause) {
    throw new BackendError('ERR_SERVICE_LOST', 'windows: @roamkit/backend-windows is not installed', {
      cause,
    })
  }
}
