/**
 * The reasons why a value is not plain, frozen JSON. Each names its place, as in `configurations[0].wifi: not frozen`.
 */
export function dataFaults(value: unknown, place: string): string[] {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return []
  if (typeof value === 'number') return Number.isFinite(value) ? [] : [`${place}: ${value} is not JSON`]
  if (typeof value !== 'object') return [`${place}: a ${typeof value} is not JSON`]
  const prototype = Object.getPrototypeOf(value)
  const isPlain = Array.isArray(value) || prototype === Object.prototype || prototype === null
  return [
    ...(isPlain ? [] : [`${place}: not plain, but a ${prototype.constructor?.name}`]),
    ...(Object.isFrozen(value) ? [] : [`${place}: not frozen`]),
    ...Object.entries(value).flatMap(([key, member]) =>
      dataFaults(member, Array.isArray(value) ? `${place}[${key}]` : `${place}.${key}`),
    ),
  ]
}
