import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import axe from 'axe-core'
import type { Browser, BrowserContextOptions, Locator, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { buildPlayground } from '../../playground/build.mjs'
import { type PageServer, serveFolder, startBrowser } from './chromium.js'

/** The position of the slider for ten times real time. */
const SPEED = '6'

const PHONE = { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true }

/** An access point as a scenario has it. */
const POINT = {
  id: 'a',
  name: 'A',
  bearer: 'wlan',
  isInRange: true,
  signal: 50,
  isMetered: false,
  connectivity: 'full',
}

let folder: string
let server: PageServer
let browser: Browser
const failures: string[] = []

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'roamkit-playground-'))
  await buildPlayground(folder)
  server = await serveFolder(folder)
  browser = await startBrowser()
}, 60_000)
afterEach(async () => {
  for (const context of browser.contexts()) await context.close()
  expect(failures.splice(0)).toEqual([])
})
afterAll(async () => {
  await browser?.close()
  server?.close()
  rmSync(folder, { recursive: true, force: true })
})

describe('the playground', () => {
  it('roams when the offer and the trial are accepted', async () => {
    const page = await open()
    await untilOffer(page)
    await button(page, 'Migrate').click()
    await page.getByText('is up on trial. Stay there?').waitFor()
    await button(page, 'Accept').click()
    await status(page, 'The session is open, and its state is connected, on Cable.')
    expect(await current(page)).toEqual(['connectednow'])
    expect(await states(page)).toEqual(['disconnected', 'connecting', 'connected', 'roaming', 'connected'])
  })

  it('goes back when the trial is rejected', async () => {
    const page = await open()
    await untilOffer(page)
    await button(page, 'Migrate').click()
    await button(page, 'Reject').click()
    await status(page, 'The session is open, and its state is connected, on Café.')
    await page.getByRole('group', { name: 'Cable' }).getByText('discovered').waitFor()
  })

  it('stays when the offer is ignored, and time does not pass while it asks', async () => {
    const page = await open()
    await untilOffer(page)
    const asked = await time(page)
    await button(page, 'Ignore').click()
    await expect.poll(() => time(page)).toBeGreaterThan(asked)
    const at = (says: string) =>
      log(page).then((entries) => entries.find((entry) => entry.endsWith(says))?.split(' ')[0])
    expect(await at('ignore()')).toBe(await at('offer: Cable'))
    await status(page, 'The session is open, and its state is connected, on Café.')
    expect(await page.getByText('The session asks nothing.').count()).toBe(1)
  })

  it('roams by itself unless it is to ask', async () => {
    const page = await open()
    await page.getByLabel('Ask me before the session roams').uncheck()
    await button(page, 'Open').click()
    await status(page, 'The session is open, and its state is connected, on Café.')
    await plugIn(page)
    await status(page, 'The session is open, and its state is connected, on Cable.')
  })

  it('needs nothing but a keyboard', async () => {
    const page = await open()
    await press(page, button(page, 'Open'), 'Enter')
    await status(page, 'The session is open, and its state is connected, on Café.')
    await press(page, page.getByRole('group', { name: 'Cable' }).getByLabel('Plugged in'), 'Space')
    await page.getByText('Roam to').waitFor()
    await press(page, button(page, 'Migrate'), 'Enter')
    await press(page, button(page, 'Accept'), 'Enter')
    await status(page, 'The session is open, and its state is connected, on Cable.')
    const signal = page.getByRole('group', { name: 'Café' }).getByLabel('Signal')
    await press(page, signal, 'ArrowLeft')
    await page.getByRole('group', { name: 'Café' }).getByText('discovered · signal 75').waitFor()
    expect(await signal.evaluate((input) => getComputedStyle(input).outlineStyle)).toBe('solid')
  })

  it.each(['light', 'dark'] as const)(
    'has no accessibility problem that axe finds, in %s',
    async (scheme) => {
      const page = await open({ colorScheme: scheme })
      await untilOffer(page)
      await page.evaluate(axe.source)
      const problems = await page.evaluate(
        `axe.run().then(({ violations }) => violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => id + ': ' + html)))`,
      )
      expect(problems).toEqual([])
      await picture(page, `playground-${scheme}`)
    },
  )

  it('fits on a phone', async () => {
    const page = await open(PHONE)
    await untilOffer(page)
    await button(page, 'Migrate').tap()
    await button(page, 'Accept').tap()
    await status(page, 'The session is open, and its state is connected, on Cable.')
    await button(page, 'Share what I did').tap()
    await page.getByLabel('Link', { exact: true }).waitFor()
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(360)
    expect(await page.evaluate(() => innerWidth)).toBe(360)
    await picture(page, 'playground-phone')
  })
})

describe('a shared link', () => {
  it('plays what was done, at the same times', async () => {
    const first = await open()
    await untilOffer(first)
    await button(first, 'Migrate').click()
    await button(first, 'Accept').click()
    await status(first, 'The session is open, and its state is connected, on Cable.')
    await button(first, 'Share what I did').click()
    const link = await first.getByLabel('Link', { exact: true }).inputValue()
    const done = await log(first)

    const second = await open({}, link.slice(link.indexOf('#')))
    await status(second, 'The session is open, and its state is connected, on Cable.')
    expect((await log(second)).slice(0, done.length)).toEqual(done)
  })

  it.each([
    ['#scenario=%%%', 'it is cut off or damaged'],
    [linkOf({ target: 'moon' }), 'accessPoints is not a list'],
    [
      linkOf({ target: 'a', isConsulted: true, accessPoints: [{ ...POINT, signal: 1e9 }], steps: [] }),
      'accessPoints[0].signal is 1000000000, not a whole number from 0 to 100',
    ],
    [
      linkOf({ target: '\u{202e}b', isConsulted: true, accessPoints: [POINT], steps: [] }),
      `target is "\u{fffd}b", not roamkit:uplinks or ${POINT.id}`,
    ],
  ])('that is invalid says what is wrong: $1', async (link, message) => {
    const page = await open({}, link)
    await page.getByRole('alert').waitFor()
    expect(await page.getByRole('alert').textContent()).toBe(
      `The link has no valid scenario: \u{2068}${message}\u{2069}.`,
    )
    await button(page, 'Open').click()
    await status(page, 'The session is open, and its state is connected, on Café.')
  })

  it('cannot bring markup into the page', async () => {
    const name = '<img src=x onerror=alert(1)>'
    const link = linkOf({ target: 'a', isConsulted: true, accessPoints: [{ ...POINT, name }], steps: [] })
    const page = await open({}, link)
    await page.getByRole('heading', { name }).waitFor()
    expect(await page.locator('img').count()).toBe(0)
  })
})

describe('a trace', () => {
  const trace = readFileSync(
    new URL('../semantics/traces/networkmanager-cable.trace', import.meta.url),
    'utf8',
  )

  it('that is dropped is played again, and compared with the recording', async () => {
    const page = await open()
    await drop(page, trace)
    await page.getByText('3 configurations, names replaced').waitFor()
    await page.getByText('the sessions emitted the same events as in the recording').waitFor()
    expect(await states(page)).toContain('session 1: connected')
    expect(await button(page, 'Migrate').count()).toBe(0)
  })

  it('whose configuration gets another name shows that name', async () => {
    const renaming = { at: 1000, world: {}, set: [{ id: 'link-0002', name: 'Renamed' }], removed: [] }
    const page = await open()
    await drop(page, [...trace.split('\n').slice(0, 2), JSON.stringify(renaming), ''].join('\n'))
    await page.getByRole('group', { name: 'Network 3' }).waitFor()
    await page.getByRole('group', { name: 'Renamed' }).getByRole('heading', { name: 'Renamed' }).waitFor()
    expect(await page.getByText('Network 2').count()).toBe(0)
  })

  it('can be chosen again from the same file', async () => {
    const page = await open()
    const input = page.getByLabel('Drop a trace here, or choose one')
    await input.setInputFiles({ name: 'bug.trace', mimeType: 'text/plain', buffer: Buffer.from(trace) })
    await page.getByText('3 configurations, names replaced').waitFor()
    const chooser = page.waitForEvent('filechooser')
    await input.click()
    await chooser
    expect(await input.inputValue()).toBe('')
  })

  it('that is invalid says which line is wrong, and what ran before goes on', async () => {
    const page = await open()
    await page.locator('#drop').scrollIntoViewIfNeeded()
    await drop(page, trace.replace('"carrier":true', '"carrier":7'))
    const message = page.getByRole('alert').getByText('line 2 of the trace')
    await expect
      .poll(() => message.evaluate((element) => element.getBoundingClientRect().top))
      .toBeGreaterThan(0)
    await button(page, 'Open').click()
    await status(page, 'The session is open, and its state is connected, on Café.')
  })
})

function linkOf(scenario: object): string {
  return `#scenario=${Buffer.from(JSON.stringify(scenario)).toString('base64url')}`
}

/** Opens the playground. What fails in it or leaves its server fails the test. */
async function open(options: BrowserContextOptions = {}, fragment = ''): Promise<Page> {
  const page = await browser.newPage(options)
  page.on('pageerror', (error) => failures.push(error.message))
  page.on('console', (message) => {
    if (message.type() === 'error') failures.push(message.text())
  })
  page.on('request', (request) => {
    if (!request.url().startsWith(server.url) && !request.url().startsWith('data:'))
      failures.push(`it requests ${request.url()}`)
  })
  await page.goto(`${server.url}${fragment}`)
  await button(page, 'Pause').waitFor()
  await page.getByLabel('Speed').fill(SPEED)
  return page
}

const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true })

/** Names are isolated in the page by characters that have no width. */
const plain = (text: string) => text.replace(/[\u2068\u2069]/g, '')

async function status(page: Page, text: string): Promise<void> {
  await expect
    .poll(async () => plain((await page.locator('#status').textContent()) ?? ''), { timeout: 10_000 })
    .toBe(text)
}

async function plugIn(page: Page): Promise<void> {
  await page.getByRole('group', { name: 'Cable' }).getByLabel('Plugged in').check()
}

async function untilOffer(page: Page): Promise<void> {
  await button(page, 'Open').click()
  await status(page, 'The session is open, and its state is connected, on Café.')
  await plugIn(page)
  await page.getByText('Roam to').waitFor()
}

/** Virtual time, in seconds. */
const time = async (page: Page) => Number.parseFloat((await page.locator('#now').textContent()) ?? '')

const log = async (page: Page) => (await page.locator('#log li').allTextContents()).map(plain)

const states = async (page: Page) =>
  (await page.locator('#log li.state').allTextContents()).map((text) => text.replace(/^\S+ s /, ''))

const current = (page: Page) => page.locator('[aria-current]').allTextContents()

/** Moves the focus there with the Tab key, and presses a key. */
async function press(page: Page, target: Locator, key: string): Promise<void> {
  const hasFocus = () => target.evaluate((element) => element === document.activeElement)
  for (let moves = 0; !(await hasFocus()); moves += 1) {
    if (moves > 60) throw new Error('the Tab key does not lead there')
    await page.keyboard.press('Tab')
  }
  await expect.poll(() => target.getAttribute('aria-disabled')).not.toBe('true')
  await page.keyboard.press(key)
}

async function drop(page: Page, text: string): Promise<void> {
  const dataTransfer = await page.evaluateHandle((content) => {
    const data = new DataTransfer()
    data.items.add(new File([content], 'bug.trace'))
    return data
  }, text)
  await page.dispatchEvent('#drop', 'drop', { dataTransfer })
}

/** A picture to look at, if a folder for them is named: with that of docs/pictures, those of the page are made again. */
async function picture(page: Page, name: string): Promise<void> {
  const folder = process.env.ROAMKIT_PICTURES
  if (folder !== undefined) await page.screenshot({ path: join(folder, `${name}.png`), fullPage: true })
}
