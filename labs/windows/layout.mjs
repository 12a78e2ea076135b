// Every struct that the backend declares, compared with what the C compiler makes of Windows' headers: sizes and offsets.
// Inside a lab, on the Linux side: `labs/windows/run --machine node labs/windows/layout.mjs`. Says it as reporter.mjs does.
import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { compile } from './compile.mjs'
import { SEPARATOR } from './reporter.mjs'
import { WINE } from './requirements.mjs'

const run = promisify(execFile)

/** @typedef {Record<string, { size: number, members: Record<string, number> }>} Layouts */

/** Members that are our own reading of a union's bytes: C has no such names. Their struct's size is compared all the same. */
const READINGS = /** @type {Record<string, string[]>} */ ({
  SOCKADDR_INET: ['rest', 'words'],
  VARIANT: ['reserved', 'rest'],
  RASTUNNELENDPOINT: ['bytes'],
})

/** Structs whose last array has no length in mingw-w64's headers, and the length of 1 in Windows' own: their size says nothing. */
const OPEN_ENDED = ['WLAN_INTERFACE_INFO_LIST']

const HEADERS = ['winsock2', 'ws2tcpip', 'windows', 'iphlpapi', 'netioapi', 'wlanapi', 'ras', 'oaidl']

/** What mingw-w64's headers lack, from Microsoft's documentation. */
const LACKING = `
#ifndef NL_NETWORK_CONNECTIVITY_HINT
typedef struct {
  DWORD ConnectivityLevel, ConnectivityCost;
  BOOLEAN ApproachingDataLimit, OverDataLimit, Roaming;
} NL_NETWORK_CONNECTIVITY_HINT;
#endif
typedef struct { PVOID Callback, Context; } DEVICE_NOTIFY_SUBSCRIBE_PARAMETERS;
#pragma pack(push, 4)
typedef struct {
  DWORD dwSize;
  RASCONNSTATE rasconnstate;
  DWORD dwError;
  WCHAR szDeviceType[RAS_MaxDeviceType + 1], szDeviceName[RAS_MaxDeviceName + 1], szPhoneNumber[RAS_MaxPhoneNumber + 1];
  RASTUNNELENDPOINT localEndPoint, remoteEndPoint;
  DWORD rasconnsubstate;
} RASCONNSTATUSW_7;
#pragma pack(pop)`

/** @param {string} struct @param {string[]} members */
const print = (struct, members) => `
  printf("\\n  \\"${struct}\\": {\\"size\\": %u, \\"members\\": {", (unsigned)sizeof(${struct}));${members
    .map(
      (member, place) => `
  printf("${place > 0 ? ', ' : ''}\\"${member}\\": %u", (unsigned)offsetof(${struct}, ${member}));`,
    )
    .join('')}
  printf("}}");`

/** A program that prints what C says of them. @param {Layouts} layouts */
const programOf = (layouts) => `#define _WIN32_WINNT 0x0A00
${HEADERS.map((header) => `#include <${header}.h>`).join('\n')}
#include <stddef.h>
#include <stdio.h>
${LACKING}
int main(void) {
  printf("{");${Object.entries(layouts)
    .map(([struct, { members }]) => print(struct, ofC(struct, members)))
    .join('\n  printf(",");')}
  printf("\\n}\\n");
  return 0;
}
`

/** @param {string} struct @param {Record<string, number>} members */
const ofC = (struct, members) => Object.keys(members).filter((member) => !READINGS[struct]?.includes(member))

/** @param {Layouts} layouts @returns {Promise<Layouts>} */
async function askTheCompiler(layouts) {
  const folder = mkdtempSync(join(tmpdir(), 'roamkit-layout-'))
  try {
    writeFileSync(join(folder, 'layout.c'), programOf(layouts))
    await compile([join(folder, 'layout.c'), '-o', join(folder, 'layout.exe')], folder)
    await run('sh', ['-c', '"$0" layout.exe >layout.json </dev/null', WINE], { cwd: folder })
    return JSON.parse((await run('cat', [join(folder, 'layout.json')])).stdout)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** @returns {Promise<Layouts>} what koffi makes of the declarations, in node.exe */
async function askKoffi() {
  const { stdout } = await run('wine-node', [fileURLToPath(new URL('declared-layout.mjs', import.meta.url))])
  return JSON.parse(stdout)
}

/** @param {Layouts} declared @param {Layouts} compiled */
function compare(declared, compiled) {
  return Object.entries(declared).map(([struct, { size, members }]) => {
    const truth = compiled[struct]
    const wrong = ofC(struct, members).filter((member) => members[member] !== truth?.members[member])
    const reasons = [
      ...(size === truth?.size || OPEN_ENDED.includes(struct)
        ? []
        : [`it has ${truth?.size} bytes, declared are ${size}`]),
      ...wrong.map((member) => `${member} is at ${truth?.members[member]}, declared at ${members[member]}`),
    ]
    const name = `${struct} is what the C compiler makes of it: ${ofC(struct, members).length + 1} numbers`
    return { name, result: reasons.length === 0 ? 'passed' : 'failed', reason: reasons.join('; ') }
  })
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const declared = await askKoffi()
  const outcomes = compare(declared, await askTheCompiler(declared))
  for (const outcome of outcomes) process.stdout.write(`${SEPARATOR}${JSON.stringify(outcome)}\n`)
  process.exitCode = outcomes.every(({ result }) => result === 'passed') ? 0 : 1
}
