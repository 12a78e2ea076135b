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

  it('has a label with a text for each field, and no other', () => {
    const [, form = ''] = /data-template-name="[^"]*">(.*?)<\/script>/s.exec(html) ?? []
    const fields = [...form.matchAll(/<(?:input|select)[^>]* id="([\w-]+)"/g)].map(([, id]) => id)
    const labels = [...form.matchAll(/<label([^>]*)>(.*?)<\/label>/gs)].map(
      ([, attributes = '', text = '']) => [
        /for="([\w-]+)"/.exec(attributes)?.[1],
        text.replace(/<[^>]*>/g, '').trim() !== '',
      ],
    )
    expect(labels).toEqual(fields.map((id) => [id, true]))
    // The letters of an icon font are none that a screen reader should read.
    for (const [icon] of form.matchAll(/<i [^>]*>/g)) expect(icon).toContain('aria-hidden="true"')
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

/** The editor with a dialog that has the suggestions: what is asked for, and what is shown. */
function dialog(manager: string) {
  const shown: Option[] = []
  const requests: { readonly url: string; answer(all: object[]): void; fail(): void }[] = []
  let changed = () => {}
  const field = {
    attr: () => field,
    after: () => field,
    on: (_event: string, run: () => void) => {
      changed = run
    },
    val: () => manager,
  }
  const getJSON = (url: string) =>
    new Promise((answer, reject) => requests.push({ url, answer, fail: () => reject({ status: 401 }) }))
  // It has nothing that would parse a text.
  const list = { replaceChildren: (...all: Option[]) => shown.splice(0, shown.length, ...all) }
  const globals: Record<string, unknown> = {
    ...{ $: Object.assign(() => field, { getJSON }), Option, document: { createElement: () => list } },
  }
  runInNewContext(read('resources/suggest-configurations.js'), globals)
  ;(globals.suggestConfigurations as (field: string, manager: string) => void)('#field', '#manager')
  const choose = (another: string) => {
    manager = another
    changed()
  }
  return { shown, requests, choose, settled: () => new Promise((resolve) => setImmediate(resolve)) }
}

describe('the suggestions', () => {
  it('of a manager are options with a text, whatever is in a name', async () => {
    const { shown, requests, settled } = dialog('a/b')
    requests[0]?.answer([{ value: 'x', text: '<img src=x onerror=alert(1)>' }])
    await settled()
    expect(requests.map(({ url }) => url)).toEqual(['roamkit/a%2Fb/configurations'])
    expect(shown).toEqual([new Option('<img src=x onerror=alert(1)>', 'x')])
  })

  it('are those of the manager that was chosen last, whichever answers first', async () => {
    const { shown, requests, choose, settled } = dialog('slow')
    choose('fast')
    requests[1]?.answer([{ value: 'b', text: 'B' }])
    await settled()
    requests[0]?.answer([{ value: 'a', text: 'A' }])
    await settled()
    expect(shown).toEqual([new Option('B', 'b')])
  })

  it('are none, without an error, if Node-RED does not answer', async () => {
    const { shown, requests, choose, settled } = dialog('one')
    requests[0]?.answer([{ value: 'a', text: 'A' }])
    await settled()
    choose('two')
    requests[1]?.fail()
    await settled()
    expect(shown).toEqual([])
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
