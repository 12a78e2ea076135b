import { systemClock } from 'roamkit'

/** For an example within a backend, which is given its host. */
export const host = { clock: systemClock, log() {}, changed() {} }

export async function finish(): Promise<void> {}
