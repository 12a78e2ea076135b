import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { palettes, roamPicture } from '../../scripts/roam-picture.mjs'
import { root } from './pages.js'

const file = (name: string) => readFileSync(join(root, 'docs/pictures', name), 'utf8')

it.each(Object.entries(palettes))(
  'roam-%s.svg shows what was recorded (node scripts/roam-picture.mjs draws it)',
  (name, colours) => {
    expect(file(`roam-${name}.svg`)).toBe(roamPicture(JSON.parse(file('roam.json')), colours))
  },
)
