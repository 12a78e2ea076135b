// Whether a private bus can run here. Imports nothing that has to be installed: a fresh machine asks.
import { existsSync } from 'node:fs'
import { PATH } from '../linux/requirements.mjs'

/** Why there can be no bus here, or null. */
export const busObstacle = () =>
  PATH.split(':').some((folder) => existsSync(`${folder}/dbus-daemon`)) ? null : 'not installed: dbus-daemon'
