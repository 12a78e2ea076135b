// A process that does with the rendezvous of Linux what each line on its standard input says, until it is killed.
import { createInterface } from 'node:readline'
import { linuxRendezvous } from '@roamkit/holders'
import { clock } from '../../../tests/elsewhere/clock.mjs'
import { serveRendezvous } from '../../../tests/elsewhere/serve-rendezvous.mjs'

const lines = createInterface({ input: process.stdin })
await serveRendezvous(linuxRendezvous({ clock }), lines, (line) => process.stdout.write(line))
process.exit()
