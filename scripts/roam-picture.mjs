// Draws what scripts/record-roam.mjs has recorded, for light pages and for dark ones: docs/pictures/roam-{light,dark}.svg.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { root } from './run-command.mjs'

/** @typedef {{ at: number, event: string, name: string, state: string }} Moment */
/** @typedef {{ text: string, faint: string, good: string, busy: string, bad: string }} Colours */

/** @type {Record<string, Colours>} */
export const palettes = {
  light: { text: '#1f2328', faint: '#8c959f', good: '#1a7f37', busy: '#bf8700', bad: '#cf222e' },
  dark: { text: '#e6edf3', faint: '#7d8590', good: '#3fb950', busy: '#d29922', bad: '#f85149' },
}

const LEFT = 130
const WIDTH = 880
const HEIGHT = 276
const BEFORE = 12 // milliseconds that are shown of the time before
const AFTER = 14

/** What a picture says, by the events that were recorded. @param {readonly Moment[]} moments */
function storyOf(moments) {
  const at = (/** @type {string} */ event, state = '') => {
    const found = moments.find((one) => one.event === event && (state === '' || one.state === state))
    if (found === undefined) throw new Error(`the recording has no ${event} ${state}`)
    return found
  }
  const from = at('stateChanged', 'roaming')
  const to = at('newConfigurationActivated')
  return {
    old: from.name,
    young: to.name,
    roaming: from.at,
    offered: at('preferredConfigurationChanged').at,
    up: to.at,
    connected: at('stateChanged', 'connected').at,
  }
}

/**
 * @param {readonly Moment[]} moments
 * @param {Colours} colours
 * @returns {string} the picture
 */
export function roamPicture(moments, colours) {
  const story = storyOf(moments)
  const end = story.connected + AFTER
  const x = (/** @type {number} */ ms) =>
    Math.round(LEFT + ((ms + BEFORE) / (end + BEFORE)) * (WIDTH - LEFT - 16))
  const bar = (
    /** @type {number} */ y,
    /** @type {number} */ begin,
    /** @type {number} */ stop,
    /** @type {string} */ colour,
    says = '',
  ) =>
    `<rect x="${x(begin)}" y="${y}" width="${x(stop) - x(begin)}" height="22" rx="4" fill="${colour}" fill-opacity="0.22" stroke="${colour}"/>` +
    text((x(begin) + x(stop)) / 2, y + 15, says, { anchor: 'middle' })
  const text = (
    /** @type {number} */ left,
    /** @type {number} */ y,
    /** @type {string} */ says,
    { anchor = 'start', colour = colours.text, weight = 'normal' } = {},
  ) =>
    `<text x="${left}" y="${y}" text-anchor="${anchor}" fill="${colour}" font-weight="${weight}">${escaped(says)}</text>`
  const lane = (/** @type {number} */ y, /** @type {string} */ name) =>
    text(LEFT - 14, y + 15, name, { anchor: 'end', weight: '600' })
  const moment = (
    /** @type {number} */ ms,
    /** @type {number} */ y,
    /** @type {string} */ says,
    colour = colours.text,
  ) =>
    `<line x1="${x(ms)}" y1="${y + 5}" x2="${x(ms)}" y2="224" stroke="${colour}" stroke-dasharray="2 3" stroke-opacity="0.8"/>` +
    text(ms > end / 2 ? WIDTH - 16 : x(ms) - 4, y, says, { anchor: ms > end / 2 ? 'end' : 'start', colour })
  const ticks = Array.from({ length: Math.floor(end / 20) + 1 }, (_, index) => index * 20)
  const parts = [
    moment(0, 18, 'the cable is pulled', colours.bad),
    moment(story.offered, 42, 'preferredConfigurationChanged, the application answers migrate()'),
    moment(story.up, 66, 'newConfigurationActivated, and accept()'),
    lane(84, 'session.state'),
    bar(84, -BEFORE, story.roaming, colours.good, 'connected'),
    bar(84, story.roaming, story.connected, colours.busy, 'roaming'),
    bar(84, story.connected, end, colours.good, 'connected'),
    lane(118, 'session.isOpen'),
    bar(118, -BEFORE, end, colours.good, 'true'),
    lane(152, story.old),
    bar(152, -BEFORE, 0, colours.good, 'up'),
    lane(186, story.young),
    bar(186, story.offered, story.up, colours.busy, 'coming up'),
    bar(186, story.up, end, colours.good, 'up'),
    `<line x1="${LEFT}" y1="224" x2="${WIDTH - 16}" y2="224" stroke="${colours.faint}"/>`,
    ...ticks.map((ms) =>
      text(x(ms), 242, ms === 0 ? '0 ms' : `${ms}`, { anchor: 'middle', colour: colours.faint }),
    ),
    text(
      LEFT,
      266,
      `Recorded on real NetworkManager in the lab: on another link ${story.connected} ms after the cable was pulled.`,
      { colour: colours.faint },
    ),
  ]
  const about = `A roam from ${story.old} to ${story.young}, in milliseconds after the cable of ${story.old} was pulled`
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}" role="img" aria-label="${escaped(about)}" font-family="system-ui, 'Segoe UI', 'DejaVu Sans', sans-serif" font-size="13">`,
    ...parts.map((part) => `  ${part}`),
    '</svg>',
    '',
  ].join('\n')
}

/** @param {string} text */
const escaped = (text) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;')

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const folder = join(root, 'docs/pictures')
  const moments = JSON.parse(readFileSync(join(folder, 'roam.json'), 'utf8'))
  for (const [name, colours] of Object.entries(palettes))
    writeFileSync(join(folder, `roam-${name}.svg`), roamPicture(moments, colours))
}
