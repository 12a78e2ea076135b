import type { Driver } from './driver.js'

/**
 * A driver whose code is loaded when it is opened for the first time, so that a program pays only for the backend that it uses. If the code
 * cannot be loaded, `open` rejects with the error of `load`, and the next `open` tries again.
 *
 * @param name the driver's name, which is known before it is loaded
 * @param load imports the code and makes the driver
 */
export function lazyDriver(name: string, load: () => Promise<Driver>): Driver {
  let driver: Promise<Driver> | null = null
  const loaded = async () => {
    driver ??= load()
    try {
      return await driver
    } catch (error) {
      driver = null
      throw error
    }
  }
  return {
    contract: 1,
    name,
    async open(host, call) {
      call.signal.throwIfAborted()
      return (await loaded()).open(host, call)
    },
  }
}
