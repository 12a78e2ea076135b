import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import type { NetworkSession } from '@roamkit/core'
import { expect } from 'vitest'

/** Pulls the cable of a lab's link and plugs it in again, some hundred times a second, as often as is said. */
export async function flap(link: string, times: number): Promise<void> {
  const turn = `ip -n peer link set peer-${link} down; ip -n peer link set peer-${link} up`
  await promisify(execFile)('sh', ['-c', `for i in $(seq ${times}); do ${turn}; done`])
}

/** Checks what a session has told in a storm: no state twice, `opened` and `closed` in turn, and the last of them is true. */
export function checkWords(words: readonly string[], session: NetworkSession): void {
  const states = words.filter((word) => !/^(opened|closed|error)/.test(word))
  expect(states.filter((state, index) => state === states[index - 1])).toEqual([])
  const turns = words.filter((word) => word === 'opened' || word === 'closed')
  expect(turns.filter((turn, index) => turn === turns[index - 1])).toEqual([])
  expect(session.isOpen).toBe(turns.at(-1) === 'opened')
}

/** How an `open()` came out: `open`, or the code of its error. */
export function outcomeOf(opened: Promise<void>): Promise<string> {
  return opened.then(
    () => 'open',
    ({ code }: { readonly code: string }) => code,
  )
}

/** When the daemon is ended after `open()` was called, in milliseconds: before its request, during it, and after it. */
export const PHASES = [0, 5, 20, 50, 100, 200, 400] as const

/** Lets real time pass, to get into a phase. */
export const pass = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms))

/** What an opening may come to when its daemon ends meanwhile. */
export const SETTLED = /^(open|unknown|sessionAborted|invalidConfiguration|operationNotSupported)$/
