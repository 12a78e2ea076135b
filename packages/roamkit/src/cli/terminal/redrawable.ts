/** A terminal that can be redrawn, and its keyboard. */
export type RedrawableTerminal = Pick<
  NodeJS.Process,
  'stdin' | 'stdout' | 'on' | 'off' | 'kill' | 'pid' | 'platform'
>

/** The terminal of a process; `null` if its standard output is none, or one that cannot move its cursor. */
export function redrawable(
  process: RedrawableTerminal & Pick<NodeJS.Process, 'env'>,
): RedrawableTerminal | null {
  return process.stdout.isTTY === true && process.env.TERM !== 'dumb' ? process : null
}
