// What our packages weigh for those who install them, and for those who bundle them: `node bench/weight.mjs`. They must be built. CI holds
// the limits (bench/limits.json, tests/packs/weight.test.ts), since bytes and counts are the same on every machine.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { publishedPackages } from '../scripts/packages.mjs'
import { installArchives, pack } from '../scripts/packed-packages.mjs'
import { bundleSize, weigh } from '../scripts/weigh.mjs'
import { record } from './results.mjs'

const limits = JSON.parse(readFileSync(new URL('limits.json', import.meta.url), 'utf8'))
const place = mkdtempSync(join(tmpdir(), 'roamkit-weight-'))
try {
  const into = join(place, 'application')
  mkdirSync(into)
  writeFileSync(join(into, 'package.json'), '{ "name": "stranger", "private": true }')
  await pack(join(place, 'archives'))
  await installArchives(join(place, 'archives'), { into })
  const group = 'Weight'
  for (const { name } of publishedPackages()) {
    const { bytes, packages, installScripts } = weigh(into, name)
    const limit = limits[name]
    record({ group, name: `${name}: installed`, unit: 'kB', ours: bytes / 1000, goal: limit.installed })
    record({ group, name: `${name}: other packages`, unit: '', ours: packages.length, goal: limit.packages })
    record({
      ...{ group, name: `${name}: install scripts`, unit: '' },
      ...{ ours: installScripts.length, goal: limit.installScripts },
    })
    if (limit.bundle === undefined) continue
    const { gzipped } = await bundleSize(into, name)
    record({ group, name: `${name}: bundled, gzipped`, unit: 'kB', ours: gzipped / 1000, goal: limit.bundle })
  }
} finally {
  rmSync(place, { recursive: true })
}
