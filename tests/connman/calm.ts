import {
  carrier,
  connect,
  connman,
  dhcp,
  disconnect,
  info,
  portal,
  state,
  status,
  untilState,
} from '@roamkit/lab-connman'

/** The state in which every test finds the lab: link a is online, the others are plugged in and disconnected. */
export async function calm(): Promise<void> {
  await repair()
  const [first, ...others] = info().links
  // A cable that was just plugged in has no service yet.
  for (const { link } of info().links) await untilState(link, 'idle', 'ready', 'online')
  for (const { link } of others) if ((await state(link)) !== 'idle') await disconnect(link)
  if (first === undefined) return
  if ((await state(first.link)) === 'idle') await connect(first.link)
  await untilState(first.link, 'online')
}

/** Starts and resumes everything, and plugs in all cables. */
export async function repair(): Promise<void> {
  if (status().connman === null) await connman.start()
  await connman.resume()
  await dhcp.resume()
  await portal('full')
  for (const { link } of info().links) await carrier(link, 'up')
}
