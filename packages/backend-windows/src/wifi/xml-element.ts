/** An element of an XML document: its name without a prefix, its children, and its own text. */
export interface XmlElement {
  readonly name: string
  readonly children: readonly XmlElement[]
  readonly text: string
}

interface Open extends XmlElement {
  readonly children: Open[]
  text: string
}

/** The most characters of a document. A profile with certificates has about 10 000. */
const LONGEST = 1_000_000
const DEEPEST = 64
const MOST = 10_000

/**
 * Parses a document in one pass. Skips attributes. Returns an element without a name that contains the root; `null` if the text is not
 * XML, is larger than any profile, or has a document type, which could define entities.
 */
export function parseXml(xml: string): XmlElement | null {
  if (xml.length > LONGEST) return null
  const root: Open = { name: '', children: [], text: '' }
  const open = [root]
  let count = 0
  for (let at = 0; at < xml.length; ) {
    const parent = open.at(-1)
    if (parent === undefined) return null
    const tag = xml.indexOf('<', at)
    parent.text += unescapeText(xml.slice(at, tag < 0 ? xml.length : tag))
    if (tag < 0) break
    const skipped = skip(xml, tag, parent)
    if (skipped !== null) {
      if (skipped < 0) return null
      at = skipped
      continue
    }
    const end = endOfTag(xml, tag)
    if (end < 0) return null
    const inside = xml.slice(tag + 1, end)
    at = end + 1
    if (inside.startsWith('/')) {
      if (open.length === 1 || parent.name !== nameOf(inside.slice(1))) return null
      open.pop()
      continue
    }
    count += 1
    if (count > MOST) return null
    const element: Open = { name: nameOf(inside), children: [], text: '' }
    parent.children.push(element)
    if (!inside.endsWith('/')) open.push(element)
    if (open.length > DEEPEST) return null
  }
  return open.length === 1 ? root : null
}

/** The first element at a path below another; `null` if there is none. */
export function elementAt(from: XmlElement | null, ...path: readonly string[]): XmlElement | null {
  let at: XmlElement | null = from
  for (const name of path) at = at?.children.find((child) => child.name === name) ?? null
  return at
}

/**
 * Skips a comment or an instruction, and adds the text of a CDATA section to its parent. Returns the place behind it; `null` if it is
 * none of these, -1 if it has no end or is a document type.
 */
function skip(xml: string, at: number, parent: Open): number | null {
  if (xml.startsWith('<!--', at)) return behind(xml, '-->', at + 4)
  if (xml.startsWith('<?', at)) return behind(xml, '?>', at + 2)
  if (xml.startsWith('<![CDATA[', at)) {
    const end = behind(xml, ']]>', at + 9)
    if (end >= 0) parent.text += xml.slice(at + 9, end - 3)
    return end
  }
  return xml.startsWith('<!', at) ? -1 : null
}

function behind(xml: string, end: string, from: number): number {
  const found = xml.indexOf(end, from)
  return found < 0 ? -1 : found + end.length
}

/** The place of the `>` that closes a tag; -1 if there is none. A value in quotes may contain a `>`. */
function endOfTag(xml: string, tag: number): number {
  for (let at = tag + 1; at < xml.length; at += 1) {
    const letter = xml.charAt(at)
    if (letter === '>') return at
    if (letter !== '"' && letter !== "'") continue
    at = xml.indexOf(letter, at + 1)
    if (at < 0) return -1
  }
  return -1
}

function nameOf(tag: string): string {
  const [, name = ''] = /^(?:[^\s/:]*:)?([^\s/:]*)/.exec(tag) ?? []
  return name
}

const ENTITIES: ReadonlyMap<string, string> = new Map([
  ['lt', '<'],
  ['gt', '>'],
  ['amp', '&'],
  ['quot', '"'],
  ['apos', "'"],
])

function unescapeText(text: string): string {
  return text.replace(
    /&(?:#(\d{1,7})|#x([0-9a-f]{1,6})|([a-z]{2,4}));/gi,
    (whole, decimal?: string, hex?: string, name = '') => {
      if (decimal === undefined && hex === undefined) return ENTITIES.get(name) ?? whole
      const code = decimal === undefined ? Number.parseInt(hex ?? '', 16) : Number(decimal)
      return code <= 0x10_ffff ? String.fromCodePoint(code) : whole
    },
  )
}
