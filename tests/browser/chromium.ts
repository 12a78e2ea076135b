import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Readable, Writable } from 'node:stream'
import { deferred } from '@roamkit/core/backend-kit'
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

/** Opens a page whose scripts are these files, by name. The page itself loads `page.js`. */
export async function openPage(scripts: Readonly<Record<string, string>>): Promise<Page> {
  const server = await serve(scripts)
  const { port } = server.address() as AddressInfo
  const profile = mkdtempSync(join(tmpdir(), 'roamkit-chromium-'))
  const browser = spawn(
    browserProgram() ?? 'chromium',
    [
      '--headless=new',
      // The tests may run as root, and load nothing but their own page.
      '--no-sandbox',
      '--disable-gpu',
      '--disable-dev-shm-usage',
      '--no-first-run',
      '--remote-debugging-pipe',
      `--user-data-dir=${profile}`,
    ],
    { stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'] },
  )
  const protocol = new Protocol(browser)
  const uncaught: string[] = []
  protocol.on('Runtime.exceptionThrown', ({ exceptionDetails }) =>
    uncaught.push(inWords(exceptionDetails as ExceptionDetails)),
  )
  const close = async () => {
    const gone = new Promise((resolve) => browser.once('close', resolve))
    browser.kill('SIGKILL')
    await gone
    server.close()
    rmSync(profile, { recursive: true, force: true, maxRetries: 5 })
  }
  try {
    const { targetId } = await protocol.call('Target.createTarget', { url: 'about:blank' })
    const { sessionId } = await protocol.call('Target.attachToTarget', { targetId, flatten: true })
    for (const domain of ['Runtime', 'Page']) await protocol.call(`${domain}.enable`, {}, sessionId as string)
    const loaded = new Promise<void>((resolve) => protocol.on('Page.loadEventFired', () => resolve()))
    await protocol.call('Page.navigate', { url: `http://127.0.0.1:${port}/` }, sessionId as string)
    await loaded
    const evaluate = (expression: string) =>
      protocol.call(
        'Runtime.evaluate',
        { expression, awaitPromise: true, returnByValue: true },
        sessionId as string,
      )
    const look = '(look = () => globalThis.lab === undefined ? setTimeout(look, 2) : resolve())()'
    await evaluate(`new Promise((resolve) => { let look; ${look} })`)
    return {
      uncaught,
      async run(work, ...words) {
        const list = ['globalThis.lab', ...words.map((word) => JSON.stringify(word))]
        const { result, exceptionDetails } = (await evaluate(
          `(${work})(${list.join(', ')})`,
        )) as unknown as Evaluated
        if (exceptionDetails !== undefined) throw new Error(inWords(exceptionDetails))
        return result.value as never
      },
      [Symbol.asyncDispose]: close,
    }
  } catch (error) {
    await close()
    throw error
  }
}

interface ExceptionDetails {
  readonly text: string
  readonly exception?: { readonly description?: string }
}

interface Evaluated {
  readonly result: { readonly value?: unknown }
  readonly exceptionDetails?: ExceptionDetails
}

const inWords = ({ text, exception }: ExceptionDetails) => exception?.description ?? text

/** The DevTools protocol over a pipe: JSON, with a zero byte after each message. */
class Protocol {
  readonly #listeners = new Map<string, (params: Record<string, unknown>) => void>()
  readonly #input: Writable
  readonly #pending = new Map<number, ReturnType<typeof deferred<Record<string, unknown>>>>()
  #last = 0
  #rest = ''

  constructor({ stdio }: ChildProcess) {
    this.#input = stdio[3] as Writable
    const output = stdio[4] as Readable
    output.setEncoding('utf8').on('data', (text: string) => this.#read(text))
    output.on('close', () => {
      for (const { reject } of this.#pending.values()) reject(new Error('the browser has ended'))
    })
    // A browser that cannot start ends, which the output tells.
    this.#input.on('error', () => {})
  }

  /** Listens to an event; there is one listener for each. */
  on(method: string, listener: (params: Record<string, unknown>) => void): void {
    this.#listeners.set(method, listener)
  }

  call(method: string, params: object, sessionId?: string): Promise<Record<string, unknown>> {
    this.#last += 1
    const settled = deferred<Record<string, unknown>>()
    this.#pending.set(this.#last, settled)
    this.#input.write(`${JSON.stringify({ id: this.#last, method, params, sessionId })}\0`)
    return settled.promise
  }

  #read(text: string): void {
    const messages = `${this.#rest}${text}`.split('\0')
    this.#rest = messages.pop() ?? ''
    for (const message of messages) this.#receive(JSON.parse(message))
  }

  #receive(message: {
    readonly id?: number
    readonly method?: string
    readonly params?: Record<string, unknown>
    readonly result?: Record<string, unknown>
    readonly error?: { readonly message: string }
  }): void {
    const { id, method = '', params = {}, result = {}, error } = message
    if (id === undefined) return this.#listeners.get(method)?.(params)
    const settled = this.#pending.get(id)
    this.#pending.delete(id)
    if (error !== undefined) settled?.reject(new Error(error.message))
    else settled?.resolve(result)
  }
}

/** A page with one script, and the scripts. */
async function serve(scripts: Readonly<Record<string, string>>): Promise<Server> {
  const server = createServer(({ url = '/' }, response) => {
    const script = scripts[url.slice(1)]
    const isWindow = url === '/window'
    response.setHeader(
      'content-type',
      `${script === undefined ? 'text/html' : 'text/javascript'}; charset=utf-8`,
    )
    response.end(
      script ??
        `<!doctype html><title>test</title><main></main><script type="module" src="/${isWindow ? 'window' : 'page'}.js"></script>`,
    )
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return server
}
