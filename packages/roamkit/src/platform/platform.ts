import type { LinuxOptions } from '@roamkit/backend-linux'
import { checkOptions, type Expected, expected, lazyDriver } from '@roamkit/core/backend-kit'
import { BackendError, type Driver } from '@roamkit/core/contract'
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

/** The drivers that fit a system, by the name that Node has for it, the best first. Only the one that is opened is loaded. */
export function driversFor(system: string, options: PlatformOptions): readonly Driver[] {
  const generic = lazyDriver('generic', async () => (await import('@roamkit/backend-generic')).generic())
  if (system === 'linux')
    return [lazyDriver('linux', async () => (await import('@roamkit/backend-linux')).linux(options)), generic]
  return system === 'win32' ? [windowsLazily(options), generic] : [generic]
}

/**
 * The Windows backend is an optional dependency. It needs koffi, whose binary npm installs for the current system. If it is not installed, the next
 * backend is tried.
 */
export function windowsLazily({ visibleNetworks = false }: Pick<PlatformOptions, 'visibleNetworks'>): Driver {
  return lazyDriver('windows', async () => (await windowsBackend()).windows({ visibleNetworks }))
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
