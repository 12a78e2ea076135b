import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { conformance, type Fixture } from '@roamkit/conformance'
import { test } from 'vitest'
import { modems } from '../src/backend.js'
import { type Daemon, startDaemon } from './daemon.js'

const waived = {
  'modems come and go with the daemon':
    'configuration-added configuration-removed configuration-renamed snapshot-sharing activate-displaces',
  'the daemon reports only up and down':
    'carrier-followed range-followed range-promises-nothing service-back-truth default-followed power-followed up-has-address',
  'there is nothing to scan or to count': 'scan-finds scan-when-asked traffic-fresh',
  'the daemon needs no secrets and stores nothing':
    'secret-asked secret-missing secret-again secret-withdrawn secret-unseen storing-unknown storing-aborted storing-denied save-stores save-saved forget-deletes forget-in-use forget-unsaved',
  'the stand-in refuses nothing and never fails':
    'activate-denied deactivate-denied deactivate-needs-no-permission activate-not-supported deactivate-not-supported activate-fails activate-does-not-wait deactivate-under-way service-lost-accounts',
  'the stand-in lives in real time': 'activate-no-deadline activation-flap',
  'only a whole program can show it': 'open-keeps-alive dispose-lets-exit',
  'core counts the holders of its process':
    'holders-exclude holders-exclude-others holders-count holders-remember holders-die holders-stopping holders-abort holders-dispose',
}
const waivers = Object.entries(waived).flatMap(([reason, laws]) =>
  laws.split(' ').map((law) => ({ law, reason })),
)

function setup(): Fixture {
  const folder = mkdtempSync(join(tmpdir(), 'modems-'))
  const daemon = startDaemon(folder)
  const become = (facts: Partial<Daemon>) => async () => {
    Object.assign(daemon, facts)
    daemon.work()
  }
  return {
    driver: modems(folder),
    controls: {
      linkUp: async (id) => daemon.up(id),
      linkDown: async (id) => daemon.down(id),
      stallAccept: become({ isSlow: true }),
      release: become({ isSlow: false }),
      loseService: become({ isAway: true }),
      restoreService: become({ isAway: false }),
    },
    async teardown() {
      daemon.watcher.close()
      rmSync(folder, { recursive: true })
    },
  }
}

conformance({ name: 'modems', quietPeriod: 30, waivers, setup }, { test })
