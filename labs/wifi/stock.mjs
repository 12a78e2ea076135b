// Debian's own kernel under qemu, without hardware help: slow, but nothing has to be built.
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { cached } from './cache.mjs'
import { candidate, dependencyOf, must, unpack, unpackWithDependencies } from './packages.mjs'
import { EMULATOR, STOCK_KERNEL } from './requirements.mjs'

const INIT = fileURLToPath(new URL('guest/init-stock', import.meta.url))

/** What the first program in the guest needs to reach this machine's files. The others are loaded from there. */
const MODULES = ['virtio_pci', '9pnet_virtio', '9p', 'overlay']

/** @typedef {{ kernel: string, modules: string, initrd: string, emulator: string }} StockKernel emulator: the folder it was unpacked into */

/** @param {string} guest the folder of the guest's programs @returns {Promise<StockKernel>} */
export async function stockKernel(guest) {
  const emulator = await unpackWithDependencies('emulator', [EMULATOR])
  const image = await candidate(await dependencyOf(STOCK_KERNEL, /^linux-image-[\d.]+-\d+-amd64$/))
  const unpacked = await unpack('stock-kernel', [image])
  const release = basename(image.name).replace('linux-image-', '')
  const busybox = programIn(guest, 'usr/bin/busybox')
  const modules = join(unpacked, 'usr/lib/modules')
  const initrd = await cached(`${basename(unpacked)}-initrd`, (folder) =>
    makeInitrd(folder, { modules, release, busybox }),
  )
  return {
    kernel: join(unpacked, 'boot', `vmlinuz-${release}`),
    modules: join(initrd, 'modules'),
    initrd: join(initrd, 'initrd.gz'),
    emulator,
  }
}

/** A program that was unpacked, or that this machine has anyhow. @param {string} folder @param {string} path */
function programIn(folder, path) {
  const unpacked = join(folder, path)
  return existsSync(unpacked) ? unpacked : join('/', path)
}

/**
 * @param {string} folder
 * @param {{ modules: string, release: string, busybox: string }} from
 */
async function makeInitrd(folder, { modules, release, busybox }) {
  // depmod writes beside the modules, and what is in the cache stays as it is.
  const all = join(folder, 'modules')
  cpSync(modules, all, { recursive: true })
  const tree = join(folder, 'tree')
  for (const name of ['bin', 'proc', 'sys', 'dev', 'host', 'packages', 'modules', 'out', 'mnt'])
    mkdirSync(join(tree, name), { recursive: true })
  symlinkSync('.', join(folder, 'lib')) // depmod looks for lib/modules
  await must(busybox, ['depmod', '-b', folder, release])
  const own = join(tree, 'lib/modules', release)
  for (const path of modulesWithDependencies(join(all, release, 'modules.dep'))) {
    mkdirSync(dirname(join(own, path)), { recursive: true })
    cpSync(join(all, release, path), join(own, path))
  }
  for (const name of readdirSync(join(all, release)).filter((one) => /^modules\.(builtin|order)/.test(one)))
    cpSync(join(all, release, name), join(own, name))
  await must(busybox, ['depmod', '-b', tree, release])
  cpSync(busybox, join(tree, 'bin/busybox'))
  cpSync(INIT, join(tree, 'init'))
  const pack = 'cd "$1" && find . | "$2" cpio -o -H newc | gzip -1 > "$3"'
  await must('sh', ['-c', pack, 'sh', tree, busybox, join(folder, 'initrd.gz')])
  rmSync(tree, { recursive: true })
  rmSync(join(folder, 'lib'))
}

/** @param {string} table modules.dep */
function modulesWithDependencies(table) {
  const lines = readFileSync(table, 'utf8').trim().split('\n')
  return lines.flatMap((line) => {
    const [path = '', needs = ''] = line.split(':')
    return MODULES.includes(basename(path, '.ko')) ? [path, ...needs.split(' ').filter(Boolean)] : []
  })
}

/**
 * The command that runs it. One processor, and behind all others: the other suites want the rest of the machine.
 *
 * @param {StockKernel} stock
 * @param {{ packages: string, out: string, words: readonly string[] }} guest words: for the kernel's command line
 */
export function emulatorCommand({ kernel, modules, initrd, emulator }, { packages, out, words }) {
  const share = (/** @type {string} */ tag, /** @type {string} */ path, /** @type {string} */ access) => [
    '-fsdev',
    `local,id=${tag},path=${path.replaceAll(',', ',,')},security_model=none,multidevs=remap${access}`,
    '-device',
    `virtio-9p-pci,fsdev=${tag},mount_tag=${tag}`,
  ]
  const program = programIn(emulator, 'usr/bin/qemu-system-x86_64')
  const data = ['qemu', 'seabios'].flatMap((name) => ['-L', programIn(emulator, `usr/share/${name}`)])
  const machine = ['-accel', 'tcg', '-M', 'pc', '-cpu', 'qemu64', '-smp', '1', '-m', '1536']
  const bare = ['-nodefaults', '-no-user-config', '-display', 'none', '-serial', 'stdio', '-no-reboot']
  const boot = [
    '-kernel',
    kernel,
    '-initrd',
    initrd,
    '-append',
    ['console=ttyS0', 'quiet', 'panic=-1', ...words].join(' '),
  ]
  const shares = [
    ...share('host', '/', ',readonly=on'),
    ...share('packages', packages, ',readonly=on'),
    ...share('modules', modules, ',readonly=on'),
    ...share('out', out, ''),
  ]
  return {
    command: ['nice', program, ...data, ...machine, ...bare, ...boot, ...shares],
    env: { LD_LIBRARY_PATH: join(emulator, 'usr/lib/x86_64-linux-gnu') },
  }
}
