/**
 * Whether a program on Linux can bind a socket to an interface (`SO_BINDTODEVICE`). Since Linux 5.7 every program can. Before that, only a
 * program of root can.
 *
 * @param release of the kernel, as `os.release()` returns it
 * @param user by number, as `process.geteuid()` returns it; `undefined` if it is unknown
 */
export function canBindToDevice(release: string, user: number | undefined): boolean {
  if (user === 0) return true
  const [, major, minor] = /^(\d+)\.(\d+)/.exec(release) ?? []
  return Number(major) > 5 || (Number(major) === 5 && Number(minor) >= 7)
}
