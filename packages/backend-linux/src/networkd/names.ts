/** systemd-networkd on the bus: org.freedesktop.network1(5). */
export const NETWORKD = 'org.freedesktop.network1'
export const MANAGER = `${NETWORKD}.Manager`
export const LINK = `${NETWORKD}.Link`
export const MANAGER_PATH = '/org/freedesktop/network1'
/** For people. */
export const TITLE = 'systemd-networkd'

/** The largest index of an interface. */
const HIGHEST_INDEX = 2 ** 31 - 1

/** The object path of a link. D-Bus paths escape a leading digit as `_3` and the digit. */
export function linkPath(index: number): string {
  const digits = String(index)
  return `${MANAGER_PATH}/link/_3${digits}`
}

/** The index in the object path of a link; `null` if it is another path. */
export function linkIndex(path: string): number | null {
  const [, digits] = /^\/org\/freedesktop\/network1\/link\/_3(\d{1,10})$/.exec(path) ?? []
  return digits === undefined ? null : asIndex(Number(digits))
}

/** A number as the index of an interface; `null` if it cannot be one. */
export function asIndex(value: unknown): number | null {
  return Number.isInteger(value) && Number(value) >= 1 && Number(value) <= HIGHEST_INDEX
    ? Number(value)
    : null
}
