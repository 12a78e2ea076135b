import { type KernelOptions, kernel } from '@roamkit/backend-linux'
import { systemClock } from '@roamkit/core/backend-kit'
import { asyncDispose, type Backend, type LinkConfiguration, type World } from '@roamkit/core/contract'
import { onTestFinished, vi } from 'vitest'

/** A backend on the kernel of this namespace, with every snapshot that it has shown. */
export interface OpenKernel {
  readonly backend: Backend
  readonly worlds: readonly World[]
  /** What it has logged. */
  readonly logged: readonly string[]
  find(id: string): LinkConfiguration | undefined
}

/** Opens a backend, which is disposed when the test is over. Reads the snapshot at each change. */
export async function openKernel(options: KernelOptions = {}): Promise<OpenKernel> {
  const worlds: World[] = []
  const logged: string[] = []
  let backend: Backend | null = null
  const host = {
    clock: systemClock,
    log: (event: string) => void logged.push(event),
    changed: () => {
      if (backend) worlds.push(backend.snapshot())
    },
  }
  const opened = await kernel(options).open(host, { signal: new AbortController().signal })
  backend = opened
  onTestFinished(() => opened[asyncDispose]())
  const find = (id: string) => opened.snapshot().configurations.find((one) => one.id === id)
  return { backend: opened, worlds, logged, find }
}

/** Waits for a condition; fails with what it says if it is not met in time. */
export function until(holds: () => void): Promise<void> {
  return vi.waitFor(holds, { timeout: 10_000, interval: 5 })
}
