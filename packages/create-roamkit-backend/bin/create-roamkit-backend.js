#!/usr/bin/env node
// In the repository, npm links what is there when it installs: the program itself is made later, by the build.
import { existsSync } from 'node:fs'

const program = new URL('../dist/cli.js', import.meta.url)
if (existsSync(program)) await import(program.href)
else {
  console.error('create-roamkit-backend: not built: run npm run build')
  process.exitCode = 1
}
