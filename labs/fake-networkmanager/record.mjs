// Makes the recordings of what the Wi-Fi lab has recorded: node record.mjs FOLDER, the one that `labs/wifi/lab play --record --keep FOLDER` wrote.
import { readFileSync, writeFileSync } from 'node:fs'
import { scenesOf } from './recording.mjs'
import { signaturesIn } from './signatures.mjs'

const [folder] = process.argv.slice(2)
if (folder === undefined) throw new Error('usage: node record.mjs FOLDER')
const raw = readFileSync(`${folder}/bus.jsonl`, 'utf8')
const file = (/** @type {string} */ name) => new URL(`recordings/${name}`, import.meta.url)
for (const [name, lines] of scenesOf(raw))
  writeFileSync(
    file(`${name.replaceAll(' ', '-').toLowerCase()}.jsonl`),
    lines.map((line) => `${JSON.stringify(line)}\n`).join(''),
  )
writeFileSync(file('signatures.json'), `${JSON.stringify(signaturesIn(raw), null, 2)}\n`)
