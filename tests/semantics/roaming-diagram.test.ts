import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { roamingDiagram } from './roaming-diagram.js'

const PAGE = fileURLToPath(new URL('../../docs/roaming.md', import.meta.url))

describe('docs/roaming.md', () => {
  it.each([
    ['consulted', true],
    ['forced', false],
  ] as const)('has the diagram that the machine has: %s (ROAMKIT_WRITE=1 writes it)', (title, consulted) => {
    const fence = new RegExp(`(<!-- diagram: ${title} -->\n\`\`\`mermaid\n)([^\`]*)(\n\`\`\`)`)
    const page = readFileSync(PAGE, 'utf8')
    const diagram = roamingDiagram({ consulted })
    if (process.env.ROAMKIT_WRITE) writeFileSync(PAGE, page.replace(fence, `$1${diagram}$3`))
    expect(fence.exec(readFileSync(PAGE, 'utf8'))?.[2]).toBe(diagram)
  })
})
