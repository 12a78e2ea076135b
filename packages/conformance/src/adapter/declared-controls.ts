import assert from 'node:assert/strict'
import type { LawFacts } from '../laws/law-facts.js'
import type { ControlName, Controls } from './controls.js'

/** Controls that start a process, which get more time. */
const SLOW: readonly ControlName[] = ['elsewhere', 'exits', 'stays']

/**
 * An adapter's controls, each with a timeout: one that does not resolve in time fails the law that uses it, with a message that names
 * the control. The runner's own timeout would name nothing.
 *
 * @param timeout of a wait, in milliseconds of real time
 */
export function boundControls(controls: Controls, timeout: number): Controls {
  // Looked up by name: the controls may be an instance of a class, whose methods are not its own keys and need their `this`.
  return new Proxy<Controls>(
    {},
    {
      get(_, name) {
        const control: unknown = controls[name as ControlName]
        if (typeof control !== 'function') return control
        const limit = timeout * (SLOW.includes(name as ControlName) ? 10 : 3)
        return (...words: unknown[]) =>
          inTime(`the control ${String(name)}`, limit, () => control.apply(controls, words))
      },
    },
  )
}

/**
 * The same controls, limited to those that a law declares. Without the limit, a law could skip a part of itself unnoticed when a control
 * is missing.
 */
export function declaredControls(controls: Controls, { id, needs, uses }: LawFacts): Controls {
  const declared = new Set<string>([...needs, ...uses])
  return new Proxy(controls, {
    get(target, name) {
      if (typeof name === 'string' && !declared.has(name))
        throw new Error(`the law ${id} uses the control ${name} without declaring it`)
      return target[name as ControlName]
    },
  })
}

/** Resolves to the result of a task. Fails if the task does not settle within `limit` milliseconds of real time. */
export async function inTime<T>(what: string, limit: number, run: () => Promise<T> | T): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<never>((_, reject) => {
    const message = `${what} did not resolve within ${limit} ms`
    timer = setTimeout(() => reject(new assert.AssertionError({ message })), limit)
  })
  try {
    return await Promise.race([run(), late])
  } finally {
    clearTimeout(timer)
  }
}
