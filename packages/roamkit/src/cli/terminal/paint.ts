import { styleText } from 'node:util'

/** How words are highlighted on a terminal. Without a terminal they stay plain. */
export interface Paint {
  strong(text: string): string
  faint(text: string): string
  good(text: string): string
  bad(text: string): string
}

/** No colour. */
export const PLAIN: Paint = {
  strong: (text) => text,
  faint: (text) => text,
  good: (text) => text,
  bad: (text) => text,
}

/** In colour. */
export const COLOUR: Paint = {
  strong: (text) => styleText('bold', text),
  faint: (text) => styleText('gray', text),
  good: (text) => styleText('green', text),
  bad: (text) => styleText('red', text),
}

/** Colour on a terminal, unless `NO_COLOR` is set to anything (no-color.org). */
export function paintFor(
  stream: { readonly isTTY?: boolean },
  environment: Readonly<Record<string, string | undefined>>,
): Paint {
  return stream.isTTY && !environment.NO_COLOR ? COLOUR : PLAIN
}
