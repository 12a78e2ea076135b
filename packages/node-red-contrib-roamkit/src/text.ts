import { escapeText } from 'roamkit'

/** The characters that a badge has room for. */
const ROOM = 40

/** What an error says, made safe. */
export function errorText(error: unknown): string {
  return escapeText(error instanceof Error ? error.message : String(error))
}

/** A name from outside, made safe and short. */
export function shortName(name: string): string {
  return shorten(escapeText(name))
}

/** A safe text that fits into a badge. */
export function shorten(text: string): string {
  const characters = [...text]
  return characters.length > ROOM ? `${characters.slice(0, ROOM - 1).join('')}…` : text
}
