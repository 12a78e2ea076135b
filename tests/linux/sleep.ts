import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

/** Puts NetworkManager to sleep or wakes it up, as a program that knows of a sleep does. Does nothing if it is so already. */
export async function sleepNetworkManager(isAsleep: boolean): Promise<void> {
  const service = 'org.freedesktop.NetworkManager'
  const to = [`--dest=${service}`, '/org/freedesktop/NetworkManager', `${service}.Sleep`]
  try {
    await promisify(execFile)('dbus-send', ['--system', '--print-reply', ...to, `boolean:${isAsleep}`])
  } catch (error) {
    if (!String(error).includes('AlreadyAsleepOrAwake')) throw error
  }
}
