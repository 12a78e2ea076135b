import { holderSpanOf } from '../configurations/capabilities.js'
import type { DiagnosisFacts } from '../diagnosis/diagnosis.js'
import type { LinkState } from '../links/link-state.js'
import { linkSessionState } from '../sessions/session-state.js'
import type { Engine } from './engine.js'

/** What a diagnosis is made of, as it is now. */
export function diagnosisFactsOf({
  catalogue,
  holders,
  links,
  watch,
  isClosing,
  isClosed,
}: Engine): DiagnosisFacts {
  const idsOf = (wanted: readonly LinkState[]) => new Set(wanted.map(({ id }) => id))
  return {
    world: watch.world,
    span: holderSpanOf(holders),
    held: idsOf(links.filter(({ holds }) => holds.size > 0)),
    falling: idsOf(links.filter((link) => linkSessionState(link) === 'closing')),
    networks: isClosed ? [] : catalogue.list().filter(({ type }) => type === 'serviceNetwork'),
    hasChooser: catalogue.hasChooser,
    isClosed: isClosing,
  }
}
