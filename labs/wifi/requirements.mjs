// What a machine must have for the lab, and the Debian packages that the lab unpacks, without installing them.
import { existsSync } from 'node:fs'
import { PATH } from '../linux/requirements.mjs'

export { PATH }

/** What runs in the guest, besides what the machine itself has. */
export const GUEST_PACKAGES = [
  'network-manager',
  'wpasupplicant',
  'hostapd',
  'iw',
  'rfkill',
  'dnsmasq-base',
  'busybox-static',
  'dbus',
  'udev',
  'iproute2',
  'libteam-utils',
  'openvpn',
  'network-manager-openvpn',
  'connman',
]

/** The kernel's sources, and what a build of them needs besides a compiler. */
export const KERNEL_SOURCE = 'linux-source-6.1'
export const KERNEL_TOOLS = ['flex', 'bison', 'm4', 'bc', 'xz-utils', 'make', 'patch']

/** A compiler finds its parts only where it is installed. */
const COMPILER = { '/usr/bin/gcc': 'gcc', '/usr/include/stdio.h': 'libc6-dev' }

/** Debian's own kernel, and the emulator that runs it. */
export const STOCK_KERNEL = 'linux-image-amd64'
export const EMULATOR = 'qemu-system-x86'

/** Programs that the lab itself calls. */
const programs = ['apt-get', 'apt-cache', 'dpkg-deb', 'tar']

/** Debian packages that are not here, and without which no kernel can be built. */
export function missingCompiler() {
  return Object.entries(COMPILER).flatMap(([file, name]) => (existsSync(file) ? [] : [name]))
}

/** Why no lab can run here, or null. */
export function obstacle() {
  if (process.platform !== 'linux' || process.arch !== 'x64')
    return `needs Linux on x64, this is ${process.platform} on ${process.arch}`
  const missing = programs.filter(
    (name) => !PATH.split(':').some((folder) => existsSync(`${folder}/${name}`)),
  )
  if (missing.length > 0) return `needs Debian's packages, and there is no ${missing.join(', ')} here`
  return null
}
