// A FAKE NetworkManager that tells of its access points' strengths as fast as it is told to. Given a line with a number of signals, it sends
// so many, a thousand a second; then it says `sent`.

import { createInterface } from 'node:readline'
import { setTimeout as delay } from 'node:timers/promises'
import { FakeService, labWorld, PrivateBus, RealClock } from '@roamkit/lab-fake-networkmanager'

const ACCESS_POINT = 'org.freedesktop.NetworkManager.AccessPoint'
/** Signals at once, and milliseconds until the next ones. */
const [BURST, PAUSE] = [10, 10]

const bus = await PrivateBus.start()
const { machine } = await FakeService.start(bus.address, (outside) =>
  labWorld({ ...outside, clock: new RealClock() }),
)
const { objects } = machine.nm
const accessPoints = Object.keys(objects.all).filter((path) => ACCESS_POINT in (objects.all[path] ?? {}))

/** @param {object} line */
const print = (line) => console.log(JSON.stringify(line))
print({ says: 'ready', address: bus.address, accessPoints: accessPoints.length })

for await (const line of createInterface(process.stdin)) {
  const count = Number(line)
  const start = performance.now()
  for (let sent = 0; sent < count; ) {
    for (const end = sent + BURST; sent < end; sent += 1) {
      const path = accessPoints[sent % accessPoints.length] ?? ''
      // Strengths wander, as real ones do. The last ones are as strong as can be, so that one can see whether they arrived.
      const wandering = 40 + Math.abs((Math.floor(sent / accessPoints.length) % 80) - 40)
      const Strength = sent < count - accessPoints.length ? wandering : 100
      objects.change(path, ACCESS_POINT, { Strength })
    }
    await delay(Math.max(0, start + (sent / BURST) * PAUSE - performance.now()))
  }
  print({ says: 'sent', ms: performance.now() - start })
}
