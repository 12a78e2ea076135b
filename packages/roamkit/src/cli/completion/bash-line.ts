/** How text is quoted at a place in a command line. */
type Quoting = 'none' | 'single' | 'double'

/** The last word of a line in bash, and how to complete it. */
export interface BashLine {
  /** The words before the one that is completed, the program first: as bash would pass them, if it expanded nothing. */
  readonly words: readonly string[]
  /** The beginning of the word that is completed. */
  readonly current: string
  /** What readline is to insert so that the last word becomes that value, which must begin with `current`. */
  insertion(value: string): string
}

/**
 * Reads a command line as bash does, but expands nothing in it: it runs nothing, whatever stands there.
 * @param line up to the cursor
 * @param replaced the end of the line that readline replaces: the last word, or what follows its opening quote, or its last `:` or `=`
 * @returns `null` if the last word cannot be completed
 */
export function bashLine(line: string, replaced: string): BashLine | null {
  const { words, current, begin } = split(line)
  const raw = line.slice(begin)
  if (!raw.endsWith(replaced)) return null
  const kept = split(raw.slice(0, raw.length - replaced.length))
  return {
    words,
    current,
    insertion: (value) => quoted(value.slice(kept.current.length), kept.quoting),
  }
}

interface Split {
  readonly words: readonly string[]
  readonly current: string
  /** Where the last word begins. */
  readonly begin: number
  /** How its end is quoted. */
  readonly quoting: Quoting
}

function split(line: string): Split {
  const words: string[] = []
  let [current, begin, quoting, isWord] = ['', 0, 'none' as Quoting, false]
  for (let at = 0; at < line.length; at += 1) {
    const character = line.charAt(at)
    if (quoting === 'none' && /[ \t\n]/.test(character)) {
      if (isWord) words.push(current)
      ;[current, begin, isWord] = ['', at + 1, false]
      continue
    }
    isWord = true
    if (quoting !== 'double' && character === "'") quoting = quoting === 'none' ? 'single' : 'none'
    else if (quoting !== 'single' && character === '"') quoting = quoting === 'none' ? 'double' : 'none'
    else if (character === '\\' && isEscape(line.charAt(at + 1), quoting)) current += line.charAt(++at)
    else current += character
  }
  return { words, current, begin, quoting }
}

/** Whether a backslash takes the meaning from that character. */
function isEscape(next: string, quoting: Quoting): boolean {
  return quoting === 'none' || (quoting === 'double' && /^[$`"\\]$/.test(next))
}

/**
 * A text as bash has to read it. Outside of quotes a backslash stands before whatever is no letter, number or harmless sign. Within quotes,
 * readline adds the closing one, unless what it inserts ends with that: then the quotes are closed here.
 */
function quoted(text: string, quoting: Quoting): string {
  switch (quoting) {
    case 'none':
      return text.replace(/[^\p{L}\p{M}\p{N}_./:@%+,-]/gu, '\\$&')
    case 'single':
      return text.replaceAll("'", "'\\''").replace(/''$/, "'")
    case 'double':
      // A backslash before an exclamation mark, which recalls the history, would stay there: that stands outside.
      return text
        .replace(/[$`\\"]/g, '\\$&')
        .replaceAll('!', '"\\!"')
        .replace(/\\"$/, '"$&')
        .replace(/!"$/, '$&"')
  }
}
