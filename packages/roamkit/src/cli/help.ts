/** The command that an example shows, what to type, and what it does. */
export const EXAMPLES = [
  ['list', 'roamkit list', 'list the networks that this machine knows'],
  ['list', 'roamkit list --json', 'list every fact about them, for a program'],
  ['doctor', 'roamkit doctor Café', 'find out why this one cannot be opened'],
  ['doctor', 'roamkit doctor --self-test', 'test the backend without changing a link, for a bug report'],
  ['scan', 'roamkit scan', 'find networks, also those that have no profile yet'],
  ['holders', 'roamkit holders', 'list which programs keep which link up'],
  ['open', 'roamkit open Café -- curl https://example.org', 'bring a link up for one command'],
  ['open', 'roamkit open Café --hold 60000', 'bring a link up for one minute'],
  ['monitor', 'roamkit monitor', 'watch networks, sessions and changes'],
  ['monitor', 'roamkit monitor --json --for 60000', 'print the changes of one minute as JSON'],
  ['roam', 'roamkit roam --accept --probe example.org:443', 'roam to every better network that works'],
  ['roam', 'roamkit roam --for 60000', 'watch for one minute how a session roams on its own'],
  ['record', 'roamkit record bug.trace --open Café', 'record what happens to a session, for a bug report'],
  ['replay', 'roamkit replay bug.trace', 'play a trace, and see what the library makes of it'],
  ['demo', 'roamkit demo', 'watch a session and a roam without a network'],
  ['completion', 'source <(roamkit completion bash)', 'in ~/.bashrc: complete with the tab key'],
  ['completion', 'source <(roamkit completion zsh)', 'in ~/.zshrc, after compinit: the same'],
  ['completion', 'roamkit completion fish | source', 'in ~/.config/fish/config.fish: the same'],
  ['program', 'roamkit list --backend mock', 'try a command on a scripted network'],
] as const

/** The examples of a command, or for the program the first one of each; empty if there is none. */
export function examples(of: string): string {
  const first = EXAMPLES.filter(([command], at) => EXAMPLES.findIndex(([one]) => one === command) === at)
  const shown = of === 'program' ? first : EXAMPLES.filter(([command]) => command === of)
  if (shown.length === 0) return ''
  const width = Math.max(...shown.map(([, line]) => line.length))
  return ['Examples:', ...shown.map(([, line, says]) => `  ${line.padEnd(width)}  ${says}`)].join('\n')
}

/** What `--help` prints about exit codes. */
export const EXIT_CODES = `Exit codes:
  0    success. Also: monitor or record was ended by a signal, or the reader of the output
       stopped reading
  1    failure: standard error says why and what to do. doctor: a configuration cannot be
       opened, or there is no backend. replay: the sessions emitted other events
  2    invalid arguments
  74   standard output cannot be written, for example because the disk is full
  126  open: the command cannot be run; 127: it does not exist
  129  ended by SIGHUP; 130 SIGINT, 131 SIGQUIT, 143 SIGTERM. open: without a command.
       record: before anything was recorded
  n    open: the exit code of its command, or 128 plus the number of the signal that ended it`

/** The words of the help. */
export const DESCRIPTIONS = {
  program: 'Network sessions on the command line.',
  backend:
    'the backend to use: networkmanager, connman, networkd, kernel (a Linux machine without a daemon), windows, generic (the interfaces that ' +
    'Node.js sees; cannot bring links up) or mock (a small scripted network to try things on). Default: on Linux the first of ' +
    'the four that runs and manages something, windows on Windows, else generic',
  bus:
    'the D-Bus that NetworkManager is on, or the daemon of --backend; excludes other backends. ' +
    'DBUS_SYSTEM_BUS_ADDRESS selects a bus without excluding them',
  probe:
    'with --accept or --ask: the target must answer through the link of a new access point, or the session returns to ' +
    'the old one. Any HTTP status below 500 counts as an answer',
  lines: 'print lines also on a terminal, instead of the live view',
  selfTest: 'run the conformance tests that change no link, and print a report to paste into an issue',
  clearNames:
    'keep SSIDs, hardware addresses, names, identifiers, public addresses and domains. Without it they are replaced',
  json: {
    array: 'print one JSON array',
    object: 'print one JSON object',
    lines: 'print one JSON object on each line',
  },
  commands: {
    list: {
      summary: 'list the configurations, active ones first',
      description:
        'Lists the configurations that this machine knows, active ones first. Does not scan. On a terminal the table fits ' +
        'the width, and … marks what is cut off. A pipe or a file gets everything.',
    },
    scan: {
      summary: 'scan for networks, then list them with those that have no profile',
      description:
        'Scans for Wi-Fi networks, waits for the result, and lists the configurations as list does, with the networks in ' +
        'sight that have no profile (SAVED: no). open brings one of these up and asks for its key.',
    },
    holders: {
      summary: 'list which processes hold which link',
      description:
        'Lists the processes whose sessions hold a link: process, name, and since when, as reported by each process.',
    },
    monitor: {
      summary: 'show the configurations, and each change as it happens',
      description:
        'On a terminal, shows a live view: the configurations, which links are in use and by whose sessions, and the last ' +
        'changes. q ends it, r refreshes it. Elsewhere, prints the configurations, then each change as it happens, one line ' +
        'each, until a signal ends it.',
    },
    open: {
      summary: 'bring a link up and hold it, for a command or a time',
      description: [
        'Brings a link up and holds it: while the command runs, for --hold, or until a signal. Then takes it down, unless ' +
          'another program uses it or it was up before.',
        'If a password or key is missing, open asks for it on the terminal, and does not show what you type. It is not ' +
          'stored. Without a terminal, open fails and says what is missing.',
        'States and errors go to standard error. The command runs without a shell. open passes signals on to it, and holds ' +
          'the link until it has ended. On a terminal, Ctrl-C and Ctrl-\\ reach the command directly. Without a terminal, ' +
          'a signal reaches all processes that the command started. If the command does not end on a signal, a second ' +
          'signal kills it. If the link is lost for good, open reports that, and the command goes on.',
      ].join('\n\n'),
    },
    roam: {
      summary: 'open a session on all uplinks, and print how it roams',
      description:
        'Opens a session on all uplinks, and prints how and why it roams from one to another, until a signal ends it. ' +
        'Without --accept, --ask or --never, the session roams on its own.',
    },
    doctor: {
      summary: 'find out what can be opened, and what to do about the rest',
      description:
        'Prints which backend is used and why, what this program may do with it, and whether each configuration, or the ' +
        'given one, can be opened. If one cannot, prints why and what to do. Changes nothing.',
    },
    record: {
      summary: 'record what the backend reports and is asked, for a bug report',
      description:
        'Writes what the backend reports and what it is asked to a new file, one JSON object on each line, until a signal ends ' +
        'it. With --open, records a session too, and asks on the terminal for a password or key that is missing. Names and ' +
        'addresses are replaced, and secrets are never in it. Still, read the file before you send it to anybody.',
    },
    replay: {
      summary: 'play a recorded trace in virtual time',
      description:
        'Plays a trace of roamkit record in virtual time: prints what the library makes of it, and whether the sessions tell the ' +
        'same as when it was recorded. Changes nothing on this machine.',
    },
    demo: {
      summary: 'play the life of a session on a scripted network',
      description:
        'Plays the life of a session, then a roam, on a scripted network in virtual time. Changes nothing on this machine.',
    },
    completion: {
      summary: 'print a script that completes commands, options and networks in your shell',
      description:
        'Prints a script for bash, zsh or fish. The shell then completes commands, options, their values, and the names ' +
        'and identifiers of the configurations. A name that stands for several configurations, or that is not safe to ' +
        'show, is completed as the identifier. Names are quoted: nothing in them is run.',
    },
    complete: { summary: 'answer a shell', description: 'Answers the scripts of roamkit completion.' },
  },
} as const
