import type { Held } from '@roamkit/core/contract'

/** What is seen of a link is looked for when it is first asked for: a lock alone, such as that of a device, costs no look. */
export function heldOnDemand(look: () => Held): Held {
  let seen: Held | null = null
  const held = () => {
    seen ??= look()
    return seen
  }
  return {
    get certainty() {
      return held().certainty
    },
    get others() {
      return held().others
    },
    get owned() {
      return held().owned
    },
    exclude: () => held().exclude(),
    join: (owned) => held().join(owned),
    leave: () => held().leave(),
    stopping: (activation) => held().stopping(activation),
  }
}
