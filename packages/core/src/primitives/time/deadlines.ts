/** When a time is over, by the clock; or how much is left of it while it does not run (rule S14). Milliseconds. */
export type Deadline = { readonly at: number } | { readonly left: number }

/** The times that run, or are paused, in the order in which they began. Never changed in place. */
export type Deadlines<Name extends string> = ReadonlyMap<Name, Deadline>

/** No time runs, and none is paused. */
export const NO_DEADLINES: Deadlines<never> = new Map<never, Deadline>()

/** The rest of a time, in milliseconds. */
export function remaining(deadline: Deadline, now: number): number {
  return 'left' in deadline ? deadline.left : Math.max(deadline.at - now, 0)
}

/** The same deadlines, and one that begins now. */
export function withDeadline<Name extends string>(
  deadlines: Deadlines<Name>,
  name: Name,
  deadline: Deadline,
): Deadlines<Name> {
  if (deadlines.size === 0) return new Map([[name, deadline]])
  const changed = new Map(deadlines)
  // Behind those that began before it.
  if (changed.has(name)) changed.delete(name)
  return changed.set(name, deadline)
}

export function withoutDeadline<Name extends string>(
  deadlines: Deadlines<Name>,
  name: Name,
): Deadlines<Name> {
  if (!deadlines.has(name)) return deadlines
  if (deadlines.size === 1) return NO_DEADLINES
  const changed = new Map(deadlines)
  changed.delete(name)
  return changed
}

/** The rest of that time is kept; nothing is different if it does not run. */
export function pauseDeadline<Name extends string>(
  deadlines: Deadlines<Name>,
  name: Name,
  now: number,
): Deadlines<Name> {
  const deadline = deadlines.get(name)
  if (deadline === undefined || 'left' in deadline) return deadlines
  return new Map(deadlines).set(name, { left: remaining(deadline, now) })
}

/** The rest of that time runs; nothing is different if it is not paused. */
export function resumeDeadline<Name extends string>(
  deadlines: Deadlines<Name>,
  name: Name,
  now: number,
): Deadlines<Name> {
  const deadline = deadlines.get(name)
  if (deadline === undefined || 'at' in deadline) return deadlines
  return withDeadline(deadlines, name, { at: now + deadline.left })
}

/** Which time ends first, and when; `null` if none is running. */
export function earliest<Name extends string>(
  deadlines: Deadlines<Name>,
): { readonly name: Name; readonly at: number } | null {
  let first: { readonly name: Name; readonly at: number } | null = null
  for (const [name, deadline] of deadlines)
    if ('at' in deadline && (first === null || deadline.at < first.at)) first = { name, at: deadline.at }
  return first
}
