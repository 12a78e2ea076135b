import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { openPage, type Page } from './chromium.js'

/** What the page has in `lab`. */
type Lab = import('./pages/page.js').Lab

let page: Page
beforeAll(async () => {
  page = await openPage({
    'page.js': await bundle('tests/browser/pages/page.js'),
    'worker.js': await bundle('tests/browser/pages/worker.js'),
    'window.js': await bundle('examples/react/src/window.jsx'),
  })
}, 60_000)
afterEach(() => expect(page.uncaught).toEqual([]))
afterAll(() => page?.[Symbol.asyncDispose]())

describe('in Chromium, a worker with a mirror', () => {
  it('keeps a session open, roams by its own policy, and leaves nothing behind when it is terminated', async () => {
    const ended = await page.run(async (lab: Lab) => {
      const allow = ['open', 'consult', 'migrate', 'accept'] as const
      const { worker, guest, reports } = lab.startWorker({ allow })
      const has = (part: object) =>
        reports.some((one) =>
          Object.entries(part).every(([name, value]) => (one as Record<string, unknown>)[name] === value),
        )
      await lab.until('it is on the Wi-Fi', () => has({ state: 'connected', activeConfiguration: 'cafe' }))
      lab.plugIn()
      await lab.until('it is on the cable', () =>
        has({ state: 'connected', activeConfiguration: 'cable', decided: 'accept' }),
      )
      const held = ['cafe', 'cable'].map((id) => lab.manager.holders(id).length)
      worker.terminate()
      await lab.until('the host knows that it is gone', () => guest.isClosed)
      await guest.close()
      const left = ['cafe', 'cable'].map((id) => lab.manager.holders(id).length)
      lab.unplug()
      return { first: reports[0], online: has({ isOnline: true }), held, left }
    })
    expect(ended).toEqual({
      first: { configurations: ['Cable', 'Café', 'uplinks'] },
      online: true,
      held: [0, 1],
      left: [0, 0],
    })
  })

  it('can do nothing that the host does not allow', async () => {
    const reports = await page.run(async (lab: Lab) => {
      const { worker, reports: told } = lab.startWorker({})
      await lab.until('it has failed', () => told.some((one) => 'failed' in (one as object)))
      worker.terminate()
      return told
    })
    expect(reports).toContainEqual({ failed: 'NetworkSessionError denied' })
  })

  it('sees the newest state if it comes late', async () => {
    const first = await page.run(async (lab: Lab) => {
      lab.world.add({ id: 'late', name: 'Late' })
      const { worker, reports } = lab.startWorker({})
      await lab.until('it has reported', () => reports.length > 0)
      worker.terminate()
      lab.world.remove('late')
      return reports[0]
    })
    expect(first).toEqual({ configurations: ['Cable', 'Café', 'Late', 'uplinks'] })
  })
})

describe('in Chromium, a window with a mirror', () => {
  it('renders a React component that knows nothing of it, and whose button opens the session of the host', async () => {
    const texts = await page.run(async (lab: Lab) => {
      const { frame, guest, text } = await lab.startWindow({ allow: ['open', 'close'] })
      const texts: string[] = []
      const see = async (part: string) => {
        await lab.until(part, () => text().includes(part))
        texts.push(text())
      }
      const press = () => frame.contentDocument?.querySelector('button')?.click()
      await see('disconnected')
      press()
      await see('connected by')
      press()
      await see('disconnected')
      frame.remove()
      await lab.until('the host knows that it is gone', () => guest.isClosed)
      return texts
    })
    expect(texts).toEqual([
      'Café disconnectedopen',
      'Café connected by dev-cafeclose',
      'Café disconnectedopen',
    ])
  })
})

async function bundle(path: string): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL(`../../${path}`, import.meta.url))],
    bundle: true,
    // The page awaits its manager.
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    jsx: 'automatic',
    define: { 'process.env.NODE_ENV': '"production"' },
    write: false,
  })
  return outputFiles[0]?.text ?? ''
}
