import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { templateFiles } from '../src/template.js'

const program = fileURLToPath(new URL('../bin/create-roamkit-backend.js', import.meta.url))
const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))

let place: string
beforeEach(() => {
  place = mkdtempSync(join(tmpdir(), 'create-'))
})
afterEach(() => rmSync(place, { recursive: true }))

/** Runs the program as npm does; nothing can be typed. */
function create(...words: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...words], {
    cwd: place,
    encoding: 'utf8',
  })
  return { status, stdout, stderr }
}

/** All files below a folder, with their texts. */
function read(folder: string): Map<string, string> {
  const paths = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
  return new Map(paths.map((path) => [path.slice(folder.length + 1), readFileSync(path, 'utf8')]))
}

describe('create-roamkit-backend', () => {
  it('creates a backend in a new folder, also some levels down, and says what comes next', () => {
    const { status, stdout, stderr } = create('drivers/radios')
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
    expect(stdout).toBe(
      'Created a backend in drivers/radios. Next, in that folder:\n\n  npm install\n  npm test\n',
    )
    expect(read(join(place, 'drivers/radios'))).toEqual(new Map(templateFiles('radios')))
  })

  it('creates a backend in an empty folder that is there', () => {
    mkdirSync(join(place, 'radios'))
    expect(create('radios').status).toBe(0)
    expect(existsSync(join(place, 'radios/package.json'))).toBe(true)
  })

  it('says what its README shows', () => {
    const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8')
    const [, shown] = /^\$ npm create roamkit-backend my-backend\n(.*?)^```/ms.exec(readme) ?? []
    expect(create('my-backend').stdout).toBe(shown)
  })

  it('changes nothing in a folder that is not empty', () => {
    mkdirSync(join(place, 'radios'))
    writeFileSync(join(place, 'radios/.keep'), 'mine')
    expect(create('radios')).toEqual({
      ...{ status: 1, stdout: '' },
      stderr: 'create-roamkit-backend: "radios" is not empty\n',
    })
    expect(read(join(place, 'radios'))).toEqual(new Map([['.keep', 'mine']]))
  })

  it('overwrites no file of that name', () => {
    writeFileSync(join(place, 'radios'), 'mine')
    const { status, stderr } = create('radios')
    expect(status).toBe(1)
    expect(stderr).toContain('ENOTDIR')
    expect(readFileSync(join(place, 'radios'), 'utf8')).toBe('mine')
  })

  it('creates nothing if no package can have the name of the folder', () => {
    const { status, stderr } = create('My Radios')
    expect(status).toBe(1)
    expect(stderr).toMatch(/^create-roamkit-backend: no package can have the name "My Radios": .*lower-case/)
    expect(readdirSync(place)).toEqual([])
  })

  it.each([
    ['no folder', [], 'the name of the new folder is missing'],
    ['an empty name', [''], 'the name of the new folder is missing'],
    ['two folders', ['a', 'b'], 'there is more than one folder: "a", "b"'],
    ['an unknown option', ['--force', 'a'], "Unknown option '--force'"],
  ])('refuses %s, and names its help', (_, words, message) => {
    const { status, stdout, stderr } = create(...words)
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' })
    expect(stderr).toContain(`create-roamkit-backend: ${message}`)
    expect(stderr).toContain('see npx create-roamkit-backend --help')
    expect(readdirSync(place)).toEqual([])
  })

  it.each([
    ['in a name', ['\u001b[2Jradios'], '"\\u{1b}[2Jradios"'],
    ['in an option', ['--\u202eoption'], '\\u{202e}option'],
  ])('shows no control character of an argument: %s', (_, words, shown) => {
    const { stderr } = create(...words)
    expect(stderr).toContain(shown)
    expect(stderr.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}]/u)
  })

  it('shows no control character of a folder above, which it may have', () => {
    const { status, stdout } = create('a\u001b[2Jb/radios')
    expect(status).toBe(0)
    expect(stdout).toContain('in a\\u{1b}[2Jb/radios.')
  })

  it.each(['--help', '-h'])('explains itself: %s', (option) => {
    expect(create(option)).toMatchObject({ status: 0, stderr: '' })
    expect(create(option).stdout).toContain('Usage: npm create roamkit-backend <folder>')
  })

  it.each(['--version', '-v'])('prints its version: %s', (option) => {
    expect(create(option)).toEqual({ status: 0, stdout: `${version}\n`, stderr: '' })
  })
})
