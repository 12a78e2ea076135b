/** Decides what happens next, one choice after the other. */
export interface Fate {
  /** One of the first `count` numbers. */
  choose(count: number): number
}

/**
 * Plays a scene again and again until every choice in it was made in every way, or one of them is said to be the last. Resolves
 * to the number of plays.
 */
export async function explore(play: (fate: Fate) => Promise<'goOn' | 'last'>): Promise<number> {
  const made: { chosen: number; readonly count: number }[] = []
  for (let plays = 1; ; plays += 1) {
    let at = 0
    const verdict = await play({
      choose(count) {
        const known = made[at]
        if (known !== undefined && known.count !== count) throw new Error('the scene is not the same twice')
        const choice = known ?? { chosen: 0, count }
        if (known === undefined) made.push(choice)
        at += 1
        return choice.chosen
      },
    })
    if (verdict === 'last') return plays
    while (made.length > 0 && (made.at(-1)?.chosen ?? 0) + 1 === made.at(-1)?.count) made.pop()
    const last = made.at(-1)
    if (last === undefined) return plays
    last.chosen += 1
  }
}

/**
 * Plays a scene that has too many orders to play all: so many times, each choice made at random, the same ones each time. Resolves
 * to the number of plays.
 */
export async function sample(plays: number, play: (fate: Fate) => Promise<'goOn' | 'last'>): Promise<number> {
  let seed = 1
  const random = () => {
    // A linear congruential generator: any will do.
    seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0
    return seed / 2 ** 32
  }
  for (let count = 1; count <= plays; count += 1)
    if ((await play({ choose: (most) => Math.floor(random() * most) })) === 'last') return count
  return plays
}
