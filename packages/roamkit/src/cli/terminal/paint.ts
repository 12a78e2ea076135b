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
  strong: (text) => styled('bold', text),
  faint: (text) => styled('gray', text),
  good: (text) => styled('green', text),
  bad: (text) => styled('red', text),
}

/** `paintFor` has decided already. Node would decide again, and otherwise: no colour with `CI`, or with an empty `NO_COLOR`. */
function styled(format: Parameters<typeof styleText>[0], text: string): string {
  return styleText(format, text, { validateStream: false })
}

/** Colour on a terminal that knows it, unless `NO_COLOR` is set to anything (no-color.org). */
export function paintFor(
  stream: { readonly isTTY?: boolean },
  environment: Readonly<Record<string, string | undefined>>,
): Paint {
  return stream.isTTY && environment.TERM !== 'dumb' && !environment.NO_COLOR ? COLOUR : PLAIN
}
