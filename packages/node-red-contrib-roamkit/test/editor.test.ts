import { readFileSync } from 'node:fs'
import { runInNewContext } from 'node:vm'
import { describe, expect, it } from 'vitest'
import { runFlow } from './lab.js'

const folder = new URL('../', import.meta.url)
const read = (path: string) => readFileSync(new URL(path, folder), 'utf8')
const types = Object.entries<string>(JSON.parse(read('package.json'))['node-red'].nodes)

/** What the editor's script of a type registers, which is one type. */
function registered(html: string): Registered {
  const found: Registered[] = []
  const [, script = ''] = /<script type="text\/javascript">(.*?)<\/script>/s.exec(html) ?? []
  const registerType = (type: string, definition: Definition) => found.push({ type, definition })
  runInNewContext(script, { RED: { nodes: { registerType } } })
  const [one, ...others] = found
  if (one === undefined || others.length > 0) throw new Error(`${found.length} types`)
  return one
}

interface Registered {
  readonly type: string
  readonly definition: Definition
}

interface Definition {
  readonly defaults: Readonly<Record<string, { readonly value: unknown; readonly type?: string }>>
}

describe.each(types)('%s in the editor', (type, path) => {
  const html = read(path.replace(/\.cjs$/, '.html'))
  const { definition, type: name } = registered(html)

  it('has its form and its help, and nothing else', () => {
    expect(name).toBe(type)
    const parts = [...html.matchAll(/data-(template|help)-name="([^"]*)"/g)].map(([, kind, name]) => [
      kind,
      name,
    ])
    expect(parts).toEqual([
      ['template', type],
      ['help', type],
    ])
  })

  it('has a field for each property', () => {
    const kind = type === 'roamkit-manager' ? 'node-config-input' : 'node-input'
    const fields = [...html.matchAll(/<(?:input|select)[^>]* id="([\w-]+)"/g)].map(([, id]) => id)
    expect(fields).toEqual(Object.keys(definition.defaults).map((name) => `${kind}-${name}`))
  })

  it('has no text that the editor would take for a tag or an attribute', () => {
    const parts = [...html.matchAll(/<script type="text\/html"[^>]*>(.*?)<\/script>/gs)]
    const open: string[] = []
    for (const [, part = ''] of parts)
      for (const [, slash, tag = ''] of part.matchAll(/<(\/?)([a-z]\w*)(?:\s[^<>]*)?>/g))
        if (slash) expect(open.pop()).toBe(tag)
        else if (tag !== 'input') open.push(tag)
    expect(open).toEqual([])
  })
})

/** The editor's element: the text of an option is text. */
class Option {
  readonly text: string
  readonly value: string

  constructor(text: string, value: string) {
    this.text = text
    this.value = value
  }
}

describe('the suggestions', () => {
  it('of a manager are options with a text, whatever is in a name', async () => {
    const options: Option[] = []
    const requests: string[] = []
    const field = { attr: () => field, after: () => field, on: () => field, val: () => 'a/b' }
    const $ = Object.assign(() => field, {
      getJSON: async (url: string) => {
        requests.push(url)
        return [{ value: 'x', text: '<img src=x onerror=alert(1)>' }]
      },
    })
    // It has nothing that would parse a text.
    const list = { replaceChildren: (...all: Option[]) => options.push(...all) }
    const globals: Record<string, unknown> = { $, Option, document: { createElement: () => list } }
    runInNewContext(read('resources/suggest-configurations.js'), globals)
    ;(globals.suggestConfigurations as (field: string, manager: string) => void)('#field', '#manager')
    await new Promise((resolve) => setImmediate(resolve))
    expect(requests).toEqual(['roamkit/a%2Fb/configurations'])
    expect(options).toEqual([new Option('<img src=x onerror=alert(1)>', 'x')])
  })
})

describe('the defaults of the editor', () => {
  it.each(types.filter(([type]) => type !== 'roamkit-manager'))('let %s work', async (type, path) => {
    const { definition } = registered(read(path.replace(/\.cjs$/, '.html')))
    const values = Object.entries(definition.defaults)
      .filter(([name]) => name !== 'manager')
      .map(([name, { value }]) => [name, value])
    const lab = await runFlow([{ type, ...Object.fromEntries(values) }])
    await lab.advance(100)
    expect(lab.badge()).toMatchObject({ fill: 'green', shape: 'dot' })
    expect(lab.take().length).toBeGreaterThan(0)
    expect(lab.complaints()).toEqual([])
  })
})
