// What the site needs besides typedoc: pages are called by their headings, once, and a link to a folder of the repository leads to a
// page with the folder's files, because the site has to stand by itself. The playground is in the site as a page that runs.
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { Application, Converter, PageEvent, ReflectionKind, RendererEvent } from 'typedoc'
import { buildPlayground } from '../playground/build.mjs'
import { root } from './run-command.mjs'

/** Of the project, above every page of it. */
const TITLE = /<div class="tsd-page-title">.*?<\/div>/s

const PLAYGROUND = join(root, 'playground')
/** A link to its folder. */
const PLAYGROUND_LINK = /(?<=href="(?:\.\.\/)*)media\/playground\/?(?=")/g

/** @param {import('typedoc').Application} app */
export function load(app) {
  app.converter.on(Converter.EVENT_CREATE_DOCUMENT, (_, document) => {
    const [first] = document.content
    const heading = /^#\s+(.*)$/m.exec(first?.text ?? '')?.[1]
    if (heading !== undefined) document.name = heading.replaceAll('`', '')
  })
  app.on(Application.EVENT_PROJECT_REVIVE, (project) => {
    // Where a package has several entry points the first has no name of its own.
    for (const entry of project.getReflectionsByKind(ReflectionKind.Module))
      if (entry.name === '' || entry.name === '.') entry.name = 'index'
  })
  app.renderer.on(PageEvent.END, (page) => {
    if (page.contents === undefined) return
    page.contents = page.contents.replace(PLAYGROUND_LINK, 'playground/index.html')
    // The README has a heading of its own.
    if (page.url === 'index.html') page.contents = page.contents.replace(TITLE, '')
  })
  app.renderer.postRenderAsyncJobs.push(({ outputDirectory }) =>
    buildPlayground(join(outputDirectory, 'playground')),
  )
  app.renderer.on(RendererEvent.END, ({ outputDirectory: site, project }) => {
    for (const [name, path] of project.files.getNameToAbsoluteMap()) {
      if (!statSync(path).isDirectory()) continue
      const folder = join(site, 'media', name)
      rmSync(folder, { recursive: true, force: true })
      if (relative(PLAYGROUND, path) !== '') showFolder(folder, path)
    }
    for (const problem of deadLinks(site)) app.logger.error(problem)
  })
}

/** Links of the site that lead nowhere within it. @param {string} site @returns {string[]} */
function deadLinks(site) {
  const pages = readdirSync(site, { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.html'),
  )
  return pages.flatMap((name) => {
    const html = readFileSync(join(site, name), 'utf8')
    const targets = [...html.matchAll(/<(?:a|img|source)\b[^>]*? (?:href|src|srcset)="([^"#]+)/g)].map(
      ([, target = '']) => target,
    )
    const dead = targets.filter(
      (target) => !/^[a-z]+:/.test(target) && !existsSync(join(site, dirname(name), decodeURI(target))),
    )
    return [...new Set(dead)].map((target) => `${name}: nothing is at ${target}`)
  })
}

/** @param {string} target @param {string} path */
function showFolder(target, path) {
  const folder = relative(root, path)
  const output = execFileSync('git', ['ls-files', '--', folder], { cwd: root, encoding: 'utf8' })
  const files = output
    .split('\n')
    .filter((file) => file !== '')
    .map((file) => showFile(file))
  const page = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(folder)}</title>
<style>
  :root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif }
  body { max-width: 70rem; margin: 2rem auto; padding: 0 1rem }
  summary { cursor: pointer; font-family: ui-monospace, monospace }
  pre { overflow-x: auto; padding: 1rem; border: 1px solid color-mix(in srgb, currentColor 20%, transparent); font-size: 0.85rem }
</style>
<p><a href="../../index.html">Roamkit</a></p>
<h1>${escaped(folder)}</h1>
<p>The files of this folder, as they were when this site was made.</p>
${files.join('\n')}
</html>
`
  mkdirSync(target, { recursive: true })
  writeFileSync(join(target, 'index.html'), page)
}

/** @param {string} file */
function showFile(file) {
  const text = readFileSync(join(root, file), 'utf8')
  const shown = text.includes('\0') ? '(not text)' : text
  return `<details><summary>${escaped(file)}</summary><pre>${escaped(shown)}</pre></details>`
}

/** @param {string} text */
const escaped = (text) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
