// A process that does with the ground of Linux what each line on its standard input says, until it is killed.
import { createInterface } from 'node:readline'
import { linuxGround } from '@roamkit/holders'
import { clock } from '../../../tests/elsewhere/clock.mjs'
import { serveGround } from '../../../tests/elsewhere/serve-ground.mjs'

const lines = createInterface({ input: process.stdin })
await serveGround(linuxGround({ clock }), lines, (line) => process.stdout.write(line))
process.exit()
