/** What to type, and what it is good for; with the command that it shows. */
export const EXAMPLES = [
  ['list', 'roamkit list', 'which networks does this machine know?'],
  ['doctor', 'roamkit doctor Café', 'why can this one not be opened?'],
  ['open', 'roamkit open Café -- curl https://example.org', 'bring it up for one command'],
  ['monitor', 'roamkit monitor --json --for 60000', 'what changes within a minute, for a program'],
  ['roam', 'roamkit roam --accept --probe example.org:443', 'roam to whatever is better and works'],
  ['program', 'roamkit list --backend mock', 'try any command on a scripted network'],
] as const

/** The examples of a command, or all of them; empty if it has none. */
export function examples(of: string): string {
  const shown = EXAMPLES.filter(([command]) => of === 'program' || command === of)
  if (shown.length === 0) return ''
  const width = Math.max(...shown.map(([, line]) => line.length))
  return ['Examples:', ...shown.map(([, line, says]) => `  ${line.padEnd(width)}  ${says}`)].join('\n')
}

/** What `--help` prints about exit codes. */
export const EXIT_CODES = `Exit codes:
  0    success; for monitor also when a signal ends it. A reader that stops reading ends a
       command successfully, too
  1    failure: standard error says why, and what to do. doctor: something cannot be opened,
       or there is no backend
  2    invalid arguments
  74   standard output cannot be written: a full disk, or a terminal that is gone
  126  open: the command cannot be run; 127: it does not exist
  129  open, roam: ended by SIGHUP without a command; 130 SIGINT, 131 SIGQUIT, 143 SIGTERM
  n    open: the exit code of its command; 128 and the signal's number if a signal ended it`

/** The words of the help. */
export const DESCRIPTIONS = {
  program: 'Network sessions on the command line.',
  backend:
    'where the facts come from: networkmanager, windows, generic (what Node sees; cannot bring links up) or mock (a ' +
    'small scripted network to try things on). Default: NetworkManager on Linux, windows on Windows, else generic',
  bus:
    'the D-Bus that NetworkManager is on; no other backend is tried then. ' +
    'DBUS_SYSTEM_BUS_ADDRESS names one without that',
  probe:
    'with --accept or --ask: a new access point must reach that through its own link, or the session goes back. ' +
    'Any HTTP status below 500 counts',
  selfTest:
    'try the laws of the backend contract that touch no link, and print a verdict to paste into an issue',
  json: {
    array: 'print one JSON array',
    object: 'print one JSON object',
    lines: 'print one JSON object on each line',
  },
  commands: {
    list: {
      summary: 'list the configurations, active ones first',
      description:
        'Lists the configurations that this machine knows, active ones first. Scans for nothing. On a terminal the table ' +
        'is fitted to its width, with … for what is cut off; a pipe or a file gets all of it.',
    },
    holders: {
      summary: 'list who holds which link',
      description:
        'Lists the processes whose sessions hold a link: process, name, and since when, as they say themselves.',
    },
    monitor: {
      summary: 'print what there is, then each change as it happens',
      description: 'Prints what there is now, then each change as it happens, until a signal ends it.',
    },
    open: {
      summary: 'bring a link up and hold it, for a command or a time',
      description: [
        'Brings a link up and holds it: while the command runs, for --hold, or until a signal ends it. Then the link goes ' +
          'down, unless someone else uses it or it was up before.',
        'States and errors go to standard error. The command is run without a shell. Signals are passed on to it, and the ' +
          'link is held until it has ended. On a terminal, Ctrl-C and Ctrl-\\ reach it by themselves; without a terminal, ' +
          'a signal reaches all that it has started, too. A command that does not end when it is asked to is killed when ' +
          'it is asked again. If the link is lost for good, that is said, and the command goes on.',
      ].join('\n\n'),
    },
    roam: {
      summary: 'open a session on all uplinks, and print how it roams',
      description:
        'Opens a session on all uplinks, and prints how it roams from one to another, and why, until a signal ends it. ' +
        'Unless --accept, --ask or --never is given, nobody is asked: it roams by itself.',
    },
    doctor: {
      summary: 'say what can be opened, and what to do about the rest',
      description:
        'Says which backend is used and why, what this program may do with it, and for each configuration, or the given ' +
        'one, whether it can be opened, why not, and what to do about it. Changes nothing.',
    },
    demo: {
      summary: "play a session's life on a scripted network",
      description:
        "Plays a session's life, and how one roams, on a scripted network in virtual time. Touches nothing real.",
    },
  },
} as const
