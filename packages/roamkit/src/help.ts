/** What one types, and what it is good for. */
export const EXAMPLES = [
  ['roamkit list', 'what networks does this machine know?'],
  ['roamkit doctor Café', 'why can this one not be opened?'],
  ['roamkit open Café -- curl https://example.org', 'bring it up for one command'],
  ['roamkit monitor --json --for 60000', 'what changes within a minute, for a program'],
  ['roamkit roam --accept --probe example.org:443', 'roam to whatever is better and works'],
  ['roamkit list --backend mock', 'try any command on a scripted network'],
] as const

const width = Math.max(...EXAMPLES.map(([line]) => line.length))

/** What `roamkit --help` prints. */
export const HELP = `roamkit: network sessions, on the command line

usage: roamkit <command> [options]

examples
${EXAMPLES.map(([line, says]) => `  ${line.padEnd(width)}  ${says}`).join('\n')}

commands
  list [--json]                what configurations there are, active ones first
  holders [--json]             who holds which link: process, its name, since when; as they say themselves
  monitor [--json] [--for ms]  what there is now, then each change as it happens; ends on SIGINT and SIGTERM
  open <identifier|name> [--json] [--hold ms]
  open <identifier|name> -- <command> [argument ...]
                               brings a link up and holds it: while the command runs, for that long, or until
                               SIGINT or SIGTERM; then lets go of it, and takes it down if nobody else uses it
  roam [--accept|--ask|--never] [--probe target] [--json] [--for ms]
                               opens a session on all uplinks, and prints how it roams from one to another, and why;
                               ends on SIGINT and SIGTERM. By itself it asks nobody
  doctor [identifier|name] [--json]
                               which backend is used and why, what may be done with it, and for each configuration,
                               or that one, whether it can be opened, why not, and what to do about it; reads only
  doctor --self-test [--json]  tries the laws of the backend contract that touch no link on this very machine, and
                               prints a verdict to paste into an issue
  demo                         a session's life, and how one roams, on a scripted network in virtual time;
                               touches nothing real

options
  --json        machine-readable: list and holders print one array, doctor one object, monitor, open and roam one
                object on each line; open takes it without a command only: then standard output is the command's
  --hold <ms>   how long open holds the link, in milliseconds
  --for <ms>    how long monitor and roam go on, in milliseconds
  --accept      roam is asked before each change, and takes every offer; --never: none; --ask: asks you, on a terminal
  --probe <host:port|url>
                with --accept or --ask: a new access point has to reach that from its own address, or is left again;
                of a URL any answer below 500 will do
  --grace <ms>  how long a lost link may take to come back before open gives the session up; 5000
  --backend <networkmanager|windows|generic|mock>
                where the facts come from; without it NetworkManager on Linux, windows on Windows, and else generic.
                generic sees what Node sees and cannot bring links up; mock is a small scripted network to try things on
  --bus <address>
                the D-Bus that NetworkManager is on, and no other backend is tried then;
                DBUS_SYSTEM_BUS_ADDRESS does without the latter
  -h, --help    this
  --version     the version

open, in detail
  States and errors go to standard error. SIGINT and SIGTERM are passed on to the command (a SIGINT not on a terminal,
  which sends it to the command itself); the link is held until the command has ended. If the link is lost for good,
  the command is told nothing and goes on. The command is run without a shell.

exit codes
  0    done; of monitor also when it was told to end; whoever stops reading its output ends a command so, too
  1    it failed, standard error says why, and what to do: no such configuration, not allowed, lost, no backend ...;
       doctor: something of what was asked about cannot be opened, or there is no backend (where only trying tells: 0)
  2    the command line makes no sense
  126  open: the command cannot be run; 127: it does not exist
  130  open, roam: ended by SIGINT, before there was a command or without one; 143: by SIGTERM
  n    open: the command's own exit code; 128 and the signal's number if a signal ended it
`
