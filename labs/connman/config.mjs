// The text of ConnMan's configuration file. Pure.
import { INTERNET } from '../linux/network.mjs'

/** ConnMan asks here whether a link leads to the Internet; the answer is yes if it has the header `X-ConnMan-Status: online`. */
const ONLINE_CHECK = `http://${INTERNET}:8080/online`

/** No name server, time server or host name of the lab becomes that of the machine. */
export const connmanConfig = `[General]
AllowHostnameUpdates=false
AllowDomainnameUpdates=false
PreferredTechnologies=ethernet
EnableOnlineCheck=true
OnlineCheckIPv4URL=${ONLINE_CHECK}
`
