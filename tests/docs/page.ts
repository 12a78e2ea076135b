import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** A fenced block of a page. */
export interface Block {
  /** What stands after the fence: `ts`, `sh`, `console exit=1`. */
  readonly language: string
  readonly text: string
  /** Of its first line of text, from 1. */
  readonly line: number
  /** The path that stands above it as `` `src/backend.js`: ``; it is that file then. */
  readonly file: string | null
  /** What an HTML comment right above it says: `<!-- stage: roam -->`. Readers do not see it. */
  readonly marks: ReadonlyMap<string, string>
}

/** A link of a page, as it is written. */
export interface Link {
  readonly target: string
  readonly line: number
}

/** A page of the documentation. */
export interface Page {
  /** From the repository's root. */
  readonly path: string
  readonly blocks: readonly Block[]
  readonly links: readonly Link[]
  /** What a link's fragment can name. */
  readonly anchors: ReadonlySet<string>
}

/** Reads one page. */
export function readPage(root: string, path: string): Page {
  return parsePage(path, readFileSync(join(root, path), 'utf8'))
}

/** Takes a page's text apart: its blocks, and the links and headings outside of them. */
export function parsePage(path: string, text: string): Page {
  const blocks: Block[] = []
  const prose: { readonly text: string; readonly line: number }[] = []
  const lines = text.split('\n')
  let at = 0
  while (at < lines.length) {
    const line = lines[at] ?? ''
    const fence = /^(`{3,})([^`]*)$/.exec(line)
    if (fence === null) {
      prose.push({ text: line, line: at + 1 })
      at += 1
      continue
    }
    const [, ticks = '', language = ''] = fence
    const end = lines.indexOf(ticks, at + 1)
    if (end < 0) throw new Error(`${path}:${at + 1}: the block is not closed`)
    const above = prose.map(({ text: written }) => written).filter((written) => written.trim() !== '')
    const marks = marksIn(above.at(-1) ?? '')
    const before = above.at(marks.size > 0 ? -2 : -1) ?? ''
    blocks.push({
      language: language.trim(),
      text: `${lines.slice(at + 1, end).join('\n')}\n`,
      line: at + 2,
      file: /^`([\w./-]+)`:$/.exec(before)?.[1] ?? null,
      marks,
    })
    at = end + 1
  }
  return { path, blocks, links: linksIn(prose), anchors: anchorsIn(prose) }
}

/** The repository's own pages by their address, as the packages' READMEs have them: npm shows these, and has no other files. */
const OWN =
  /^https:\/\/(?:github\.com\/roamkit\/roamkit\/(?:blob|tree)|raw\.githubusercontent\.com\/roamkit\/roamkit)\/main\/(.+)$/

/** A link's target as a path from the root, and the fragment; `null` for what is not in the repository. */
export function resolveLink(page: Page, target: string): { path: string; fragment: string } | null {
  const [, own] = OWN.exec(target) ?? []
  if (own !== undefined) {
    const [path = '', fragment = ''] = decodeURI(own).split('#')
    return { path, fragment }
  }
  if (/^[a-z][a-z+.-]*:/i.test(target)) return null
  const [file = '', fragment = ''] = decodeURI(target).split('#')
  const path = file === '' ? page.path : join(dirname(page.path), file)
  return { path, fragment }
}

function marksIn(line: string): Map<string, string> {
  const comment = /^<!-- (.*) -->$/.exec(line)?.[1]
  if (comment === undefined) return new Map()
  return new Map(
    comment.split(', ').map((mark) => {
      const [name = '', value = ''] = mark.split(/: (.*)/s)
      return [name, value]
    }),
  )
}

function linksIn(prose: readonly { text: string; line: number }[]): Link[] {
  return prose.flatMap(({ text, line }) => {
    const visible = text.replaceAll(/`[^`]*`(?!\])/g, (code) => (text.includes(`[${code}]`) ? code : ''))
    const inline = [...visible.matchAll(/\]\(([^()\s]+(?:\([^()]*\))?)\)/g)].map(([, target = '']) => target)
    const html = [...visible.matchAll(/\b(?:src|srcset|href)="([^"]+)"/g)].map(([, target = '']) => target)
    return [...inline, ...html].map((target) => ({ target, line }))
  })
}

/** As GitHub and typedoc make them of headings; one that comes again is numbered. */
function anchorsIn(prose: readonly { text: string }[]): Set<string> {
  const anchors = new Set<string>()
  for (const { text } of prose) {
    const heading = /^#{1,6} (.*)$/.exec(text)?.[1]
    if (heading === undefined) continue
    const slug = heading
      .trim()
      .toLowerCase()
      .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1')
      .replaceAll(/[^\p{L}\p{N}\p{M}_ -]/gu, '')
      .replaceAll(' ', '-')
    let unique = slug
    for (let count = 1; anchors.has(unique); count++) unique = `${slug}-${count}`
    anchors.add(unique)
  }
  return anchors
}
