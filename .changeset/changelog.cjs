// How a changelog reads: what the changeset says, and in one line what came along. Hashes of commits say nothing to a user.

/** @param {{ summary: string }} changeset */
async function getReleaseLine({ summary }) {
  const [first = '', ...more] = summary.trim().split('\n')
  return [`- ${first}`, ...more.map((line) => `  ${line}`.trimEnd())].join('\n')
}

/** @param {unknown} _changesets @param {{ name: string, newVersion: string }[]} updated */
async function getDependencyReleaseLine(_changesets, updated) {
  if (updated.length === 0) return ''
  return `- Comes with ${updated.map(({ name, newVersion }) => `${name} ${newVersion}`).join(', ')}.`
}

module.exports = { getReleaseLine, getDependencyReleaseLine }
