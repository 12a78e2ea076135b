// The arrows of the architecture (docs/how-the-parts-fit.md): which package may import which, and the layers within core.

/** Where a package's own modules are found: its sources, or what they were built to. @param {string} name */
const folder = (name) => `^packages/${name}/(src|dist)/`
const CONTRACT = '^packages/core/(src|dist)/(contract|backend-kit)/'

/** What each package may import of the others. */
const packages = {
  core: [],
  conformance: [CONTRACT],
  holders: [CONTRACT],
  'backend-linux': [CONTRACT, folder('holders')],
  'backend-windows': [CONTRACT, folder('holders')],
  'backend-generic': [CONTRACT],
  'backend-mock': [CONTRACT],
  bridge: [folder('core')],
  rx: [folder('core')],
  sockets: [folder('core')],
  roamkit: [folder('core'), folder('backend-[^/]+'), folder('conformance'), folder('sockets')],
  'create-roamkit-backend': [],
  'node-red-contrib-roamkit': [folder('roamkit'), folder('core'), folder('backend-mock')],
}

/** The layers of core, lowest first. Each may import those before it. */
const layers = [
  'contract/',
  'primitives/',
  'world/',
  'configurations/',
  'health/',
  'links/',
  'sessions/',
  'roaming/',
  'diagnosis/',
  'engine/',
  '(network-session|session-like|session-links|session-snapshot|when-connected)\\.ts',
  '(network-configuration-manager|manager-events|manager-like|manager-options)\\.ts',
  '(testing/)?index\\.ts',
]

/** Foreign packages, and the only module or package that may import each. */
const confined = {
  'dbus-next': '^packages/backend-linux/src/bus/message-writer\\.ts$',
  'dns-packet': '^packages/sockets/src/names/dns-message\\.ts$',
  koffi:
    '^packages/(backend-windows/src/ffi/declarations|backend-linux/src/kernel/system-calls|sockets/src/binding/native)\\.ts$',
  'log-update': '^packages/roamkit/src/cli/terminal/live-screen\\.ts$',
  undici: '^packages/sockets/src/http/dispatcher\\.ts$',
  rxjs: '^packages/rx/src/',
}

/** Packages that run in a browser. */
const browser = '^packages/(core|backend-mock|bridge|rx)/src/'

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    {
      name: 'no-circle',
      comment: 'Modules must not import each other in a circle, not even for types.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'known-package',
      comment: 'Each package has a line in .dependency-cruiser.mjs that says what it may import.',
      severity: 'error',
      from: { path: '^packages/', pathNot: `^packages/(${Object.keys(packages).join('|')})/` },
      to: {},
    },
    ...Object.entries(packages).map(([name, allowed]) => ({
      name: `arrows-of-${name}`,
      comment: `packages/${name} must not import this other package.`,
      severity: 'error',
      from: { path: `^packages/${name}/src/` },
      to: { path: '^packages/', pathNot: [`^packages/${name}/src/`, '/node_modules/', ...allowed] },
    })),
    ...layers.slice(0, -1).map((layer, index) => ({
      name: `layers-of-core-${layer.replaceAll(/\W+/g, '-')}`,
      comment: `This layer of core must not import a higher one.`,
      severity: 'error',
      from: { path: `^packages/core/src/${layer}` },
      to: { path: `^packages/core/src/(${layers.slice(index + 1).join('|')})` },
    })),
    ...Object.entries(confined).map(([name, home]) => ({
      name: `only-one-place-imports-${name}`,
      comment: `Only ${home} imports ${name}.`,
      severity: 'error',
      from: { path: '^packages/[^/]+/src/', pathNot: home },
      to: { path: `(^|/)${name}(/|$)` },
    })),
    {
      name: 'no-node-in-a-browser',
      comment: 'Core, the mock, the bridge and rx run in a browser: they import nothing of Node.',
      severity: 'error',
      from: { path: browser },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'no-foreign-package-in-a-browser',
      comment: 'Core, the mock, the bridge and rx depend on no foreign package but rxjs.',
      severity: 'error',
      from: { path: browser },
      to: { path: '(^|/)node_modules/', pathNot: '(^|/)rxjs(/|$)' },
    },
    {
      name: 'only-assert-in-conformance',
      comment: 'The laws run in every test runner: of Node they import node:assert only.',
      severity: 'error',
      from: { path: '^packages/conformance/src/' },
      to: { dependencyTypes: ['core'], pathNot: '^(node:)?assert(/strict)?$' },
    },
    {
      name: 'no-unresolved',
      comment: 'Every import leads somewhere. Build first: npx turbo run build.',
      severity: 'error',
      from: { path: '^packages/[^/]+/src/' },
      // node:ffi, which only newer versions of Node have.
      to: { couldNotResolve: true, pathNot: '^ffi$' },
    },
  ],
  options: {
    doNotFollow: { path: ['node_modules', '^packages/[^/]+/dist/'] },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.base.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'default', 'types'] },
    detectProcessBuiltinModuleCalls: true,
  },
}
