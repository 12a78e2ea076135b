import { describe, expect, it } from 'vitest'
import { examplesOf } from './example.js'
import { parsePage } from './page.js'
import { runExample } from './run-example.js'
import { typeErrors } from './type-check.js'

const fenced = (language: string, ...lines: string[]) => [`\`\`\`${language}`, ...lines, '```'].join('\n')

describe('a page, taken apart', () => {
  it('has blocks with what stands above them', () => {
    const text = [
      'Text.',
      '',
      '`src/a.js`:',
      '',
      fenced('js', 'a()'),
      '<!-- stage: x, y -->',
      fenced('ts', 'b()'),
    ]
    const [file, marked] = parsePage('docs/page.md', text.join('\n')).blocks
    expect(file).toMatchObject({ language: 'js', text: 'a()\n', line: 6, file: 'src/a.js' })
    expect([...(marked?.marks ?? [])]).toEqual([
      ['stage', 'x'],
      ['y', ''],
    ])
  })

  it('has links and anchors, none of them from code', () => {
    const text =
      '# One `two`: three\n# One `two`: three\n[a](b.md#c) and `[d](e)`\n[`f`](g)\n<img src="h.svg">\n'
    const { links, anchors } = parsePage('docs/page.md', `${text}${fenced('md', '# No', '[i](j)')}`)
    expect(links.map(({ target }) => target)).toEqual(['b.md#c', 'g', 'h.svg'])
    expect([...anchors]).toEqual(['one-two-three', 'one-two-three-1'])
  })

  it('is refused where a block does not end', () => {
    expect(() => parsePage('page.md', 'Text.\n```ts\nlet a = 1\n')).toThrow(
      'page.md:2: the block is not closed',
    )
  })
})

describe('code that is wrong', () => {
  const wrong = (language: string, ...lines: string[]) => {
    const page = parsePage('docs/page.md', `Text.\n\n${fenced(language, ...lines)}\n`)
    return { page, examples: examplesOf(page) }
  }

  it('is reported with its line on the page', () => {
    const lesson = wrong(
      'ts',
      "import { asyncDispose } from '@roamkit/core'",
      'const a: string = asyncDispose',
    )
    expect(typeErrors([lesson])).toEqual([
      expect.stringMatching(/^docs\/page\.md:5: Type .* is not assignable/),
    ])
  })

  it('is reported in JavaScript if something is missing', () => {
    const lesson = wrong('js', "import { networkSession } from '@roamkit/core'", 'networkSession(undeclared)')
    expect(typeErrors([lesson])).toEqual([
      expect.stringMatching(/^docs\/page\.md:4: .* has no exported member/),
      "docs/page.md:5: Cannot find name 'undeclared'.",
    ])
  })

  it.each([
    ['throws', "throw new Error('no')", /Error: no/],
    ['waits for what never comes', 'await new Promise(() => {})', /exit code 13/],
  ])('is seen when it %s', async (_, line, trouble) => {
    const { page, examples } = wrong('ts', line)
    const [example] = examples
    if (example === undefined) throw new Error('the page has no example')
    expect((await runExample(page, examples, example)).trouble).toMatch(trouble)
  })
})
