import { readdirSync, readFileSync, statSync } from 'node:fs'
import { basename, join } from 'node:path'

/** What a .network file says of a link that is down. `null`: the file cannot be read, so it is unknown. */
export interface LinkSettings {
  /** Whether the link would get an address beyond fe80::/10. */
  readonly hasAddresses: boolean | null
  /** Whether the link would get a default route (rule T1). */
  readonly leadsOut: boolean | null
}

const UNKNOWN: LinkSettings = { hasAddresses: null, leadsOut: null }

/** Where drop-ins are, the first taking precedence: systemd.network(5). */
const FOLDERS = ['/etc', '/run', '/usr/local/lib', '/usr/lib'].map((root) => `${root}/systemd/network`)

/** Larger files are not read. */
const LARGEST_FILE = 2 ** 20

/** Reads the .network file of a link and its drop-ins, now. The path comes from networkd. Never throws. */
export function readSettings(file: string | null): LinkSettings {
  if (!file?.startsWith('/') || !file.endsWith('.network')) return UNKNOWN
  const texts = [file, ...dropInsOf(basename(file))].map(readText)
  return texts.includes(null) ? UNKNOWN : settingsOf(texts.join('\n'))
}

/** What the text of a .network file, with that of its drop-ins behind it, means for the link. networkd still takes the words of earlier versions. */
export function settingsOf(text: string): LinkSettings {
  const network = lastValues(text, 'Network')
  const dhcp = network.get('DHCP') ?? 'no'
  const isBoth = isYes(dhcp) || dhcp === 'both'
  const [dhcp4, dhcp6] = [isBoth || ['ipv4', 'v4'].includes(dhcp), isBoth || ['ipv6', 'v6'].includes(dhcp)]
  const addresses = allSections(text).some(
    ({ section, values }) => ['Network', 'Address'].includes(section) && (values.get('Address') ?? '') !== '',
  )
  const local = network.get('LinkLocalAddressing') ?? 'ipv6'
  const router = network.get('IPv6AcceptRA') ?? network.get('IPv6AcceptRouterAdvertisements')
  return {
    hasAddresses: dhcp4 || dhcp6 || addresses || isYes(local) || local === 'ipv4' || isYes(router ?? ''),
    leadsOut:
      hasDefaultRoute(text) ||
      (dhcp4 && ['DHCPv4', 'DHCP'].every((name) => takesRoutes(lastValues(text, name)))) ||
      // Routers are listened to unless the file says otherwise or the link has no IPv6 at all.
      (!isNo(router ?? '') &&
        !isNo(local) &&
        local !== 'ipv4' &&
        takesRoutes(lastValues(text, 'IPv6AcceptRA'))),
  }
}

/** Without a gateway, a route to everywhere leads to the device: a point-to-point link. */
function hasDefaultRoute(text: string): boolean {
  return allSections(text).some(({ section, values }) => {
    const hasGateway = (values.get('Gateway') ?? '') !== ''
    if (section === 'Network') return hasGateway || isYes(values.get('DefaultRouteOnDevice') ?? '')
    if (section !== 'Route' || !['', 'unicast'].includes(values.get('Type') ?? '')) return false
    const destination = values.get('Destination') ?? ''
    return destination === '' ? hasGateway : /^[0.:]+\/0$/.test(destination)
  })
}

/** `UseRoutes` and `UseGateway` of the sections [DHCPv4] and [IPv6AcceptRA]. */
function takesRoutes(values: ReadonlyMap<string, string>): boolean {
  return !['UseRoutes', 'UseGateway'].some((name) => isNo(values.get(name) ?? ''))
}

interface Section {
  readonly section: string
  readonly values: ReadonlyMap<string, string>
}

/** Each section as it stands, with the last value of each setting. [Route] and [Address] stand several times, each for one route or address. */
function allSections(text: string): readonly Section[] {
  const sections: { section: string; values: Map<string, string> }[] = []
  for (const line of text.replaceAll(/\\\r?\n/g, ' ').split('\n')) {
    const trimmed = line.trim()
    const [, heading] = /^\[(.*)\]$/.exec(trimmed) ?? []
    if (heading !== undefined) sections.push({ section: heading, values: new Map() })
    else if (!/^[#;]|^$/.test(trimmed) && trimmed.includes('=')) {
      const at = trimmed.indexOf('=')
      sections.at(-1)?.values.set(trimmed.slice(0, at).trimEnd(), trimmed.slice(at + 1).trimStart())
    }
  }
  return sections
}

/** The settings of all sections of that name; a later one replaces an earlier one. */
function lastValues(text: string, name: string): ReadonlyMap<string, string> {
  return new Map(allSections(text).flatMap(({ section, values }) => (section === name ? [...values] : [])))
}

function dropInsOf(name: string): readonly string[] {
  const found = new Map<string, string>()
  for (const folder of FOLDERS) {
    for (const file of filesIn(join(folder, `${name}.d`)))
      if (file.endsWith('.conf') && !found.has(file)) found.set(file, join(folder, `${name}.d`, file))
  }
  return [...found].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, path]) => path)
}

function filesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder)
  } catch {
    // There is none, or it is not permitted: the files in it are not read either.
    return []
  }
}

/** `null` if it cannot be read. Netplan's files, for example, are readable for networkd alone. */
function readText(path: string): string | null {
  try {
    const status = statSync(path)
    // A pipe would block.
    return status.isFile() && status.size <= LARGEST_FILE ? readFileSync(path, 'utf8') : null
  } catch {
    // Gone or not permitted.
    return null
  }
}

const isYes = (value: string) => /^(1|yes|y|true|t|on)$/i.test(value)
const isNo = (value: string) => /^(0|no|n|false|f|off)$/i.test(value)
