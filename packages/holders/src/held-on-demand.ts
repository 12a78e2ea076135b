import type { Held } from '@roamkit/core/contract'

/** Looks at a link only when something of it is first read: a lock alone, such as that of a device, costs no look. */
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
