import { readFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { extname, join } from 'node:path'
// Drives the Chromium of the machine: keyboard, touch, colour schemes, files. It brings no browser of its own.
import { type Browser, chromium } from 'playwright-core'
import { browserProgram } from './requirements.mjs'

/** A page in a headless Chromium. */
export interface Page extends AsyncDisposable {
  /** Runs a function in the page, with what its script has put into `lab`. Its arguments and its result are JSON. */
  run<Result, Words extends readonly unknown[]>(
    work: (lab: never, ...words: Words) => Result | Promise<Result>,
    ...words: Words
  ): Promise<Result>
  /** The exceptions that nothing in the page has caught. */
  readonly uncaught: readonly string[]
}

/** Starts a headless Chromium. */
export function startBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: browserProgram() ?? 'chromium',
    // The tests may run as root, and load nothing but their own pages.
    chromiumSandbox: false,
  })
}

/** Opens a page whose scripts are these files, by name. The page itself loads `page.js`. */
export async function openPage(scripts: Readonly<Record<string, string>>): Promise<Page> {
  const server = await serve((path) => {
    const name = path === '' ? 'page' : path
    return (
      scripts[path] ??
      `<!doctype html><title>test</title><main></main><script type="module" src="/${name}.js"></script>`
    )
  })
  const browser = await startBrowser()
  const page = await browser.newPage()
  const uncaught: string[] = []
  page.on('pageerror', (error) => uncaught.push(error.stack ?? error.message))
  await page.goto(server.url)
  await page.waitForFunction(() => 'lab' in globalThis)
  return {
    uncaught,
    run: (work, ...words) => {
      const list = ['globalThis.lab', ...words.map((word) => JSON.stringify(word))]
      return page.evaluate(`(${work})(${list.join(', ')})`)
    },
    async [Symbol.asyncDispose]() {
      await browser.close()
      server.close()
    },
  }
}

/** A server for a page. */
export interface PageServer {
  /** The address of the page, with a slash at its end. */
  readonly url: string
  close(): void
}

/** Serves the files of a folder. */
export function serveFolder(folder: string): Promise<PageServer> {
  return serve((path) => readFileSync(join(folder, path === '' ? 'index.html' : path), 'utf8'))
}

const TYPES: Readonly<Record<string, string>> = { '.js': 'text/javascript', '.css': 'text/css' }

/** @param read the text at a path, which has no slash at its beginning */
async function serve(read: (path: string) => string): Promise<PageServer> {
  const server: Server = createServer(({ url = '/' }, response) => {
    const path = url.slice(1)
    response.setHeader('content-type', `${TYPES[extname(path)] ?? 'text/html'}; charset=utf-8`)
    response.end(read(path))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return { url: `http://127.0.0.1:${port}/`, close: () => server.close() }
}
