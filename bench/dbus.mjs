// TODO
import { Contest } from './dbus/contest.mjs'

const way = process.argv[2]
const n = Contest.signals(Number(process.argv[3] ?? 100000)),
  w = Contest.signals(20000)
const contest = await Contest.open(way)
for (let r = 0; r < Number(process.argv[4] ?? 2); r++)
  for (const name of ['sd-bus', 'framing', 'mirror', 'listener', 'dbus-next']) {
    const [warm, cpu] = await contest.run(name, [
      { command: 'signals', times: w },
      { command: 'signals', times: n },
    ])
    console.log(name, (warm / w).toFixed(2), (cpu / n).toFixed(2), 'µs')
  }
await contest.close()
