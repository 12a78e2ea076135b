import { describe, expect, it } from 'vitest'
import { publishedPackages } from '../../scripts/packages.mjs'
import { planRelease, repositoryOf, templateChangeset } from '../../scripts/release.mjs'

const packages = [
  { name: '@roamkit/core', version: '0.1.0' },
  { name: 'roamkit', version: '0.2.0' },
  { name: '@roamkit/new', version: '0.0.0' },
]

describe('a release', () => {
  it('publishes what has a version that is not tagged', () => {
    expect(planRelease({ changesets: [], packages, tags: ['@roamkit/core@0.1.0'] })).toEqual([
      'roamkit@0.2.0',
    ])
  })

  it('publishes nothing while changesets wait', () => {
    expect(planRelease({ changesets: ['roaming.md'], packages, tags: [] })).toEqual([])
  })

  it('of a minor version of core is not a major one of who has it as a peer, as changesets would have it', () => {
    const peers = publishedPackages().flatMap(({ name, manifest: { peerDependencies = {} } }) =>
      Object.entries(peerDependencies)
        .filter(([peer]) => /^(@roamkit\/|roamkit$)/.test(peer))
        .map(([peer, range]) => `${name} on ${peer} ${range}`),
    )
    expect(peers.filter((peer) => !peer.endsWith(' ^0'))).toEqual([])
  })

  it('of core or the laws is one of create-roamkit-backend, whose template depends on them', () => {
    expect(templateChangeset(["---\n'@roamkit/rx': minor\n---\n\nIn `@roamkit/core`: nothing.\n"])).toBe(null)
    for (const name of ['@roamkit/core', '@roamkit/conformance'])
      expect(templateChangeset(['', `---\n'roamkit': patch\n'${name}': patch\n---\n\nA fix.\n`])).toMatch(
        /^---\n'create-roamkit-backend': patch\n---\n\n\w/,
      )
  })

  it('says in each package where it comes from, as npm wants it for provenance', () => {
    const workflow = { GITHUB_SERVER_URL: 'https://github.com', GITHUB_REPOSITORY: 'somebody/roamkit' }
    expect(repositoryOf({ path: 'packages/core' }, workflow)).toEqual({
      type: 'git',
      url: 'git+https://github.com/somebody/roamkit.git',
      directory: 'packages/core',
    })
    expect(() => repositoryOf({ path: 'packages/core' }, {})).toThrow('GITHUB_REPOSITORY')
  })
})
