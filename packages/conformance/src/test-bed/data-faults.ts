/**
 * What keeps a value from being plain, frozen JSON, each as a sentence with the place: `configurations[0].wifi: not frozen`.
 */
export function dataFaults(value: unknown, place: string): string[] {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return []
  if (typeof value === 'number') return Number.isFinite(value) ? [] : [`${place}: ${value} is no JSON`]
  if (typeof value !== 'object') return [`${place}: ${typeof value} is no JSON`]
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
