// Module hooks: every import of the backend gets the one with scripted DLLs, except that one's own import.
const SCRIPTED = new URL('scripted-backend.mjs', import.meta.url).href

/** @type {import('node:module').ResolveHook} */
export function resolve(specifier, context, nextResolve) {
  if (specifier === '@roamkit/backend-windows' && context.parentURL !== SCRIPTED)
    return { url: SCRIPTED, shortCircuit: true }
  return nextResolve(specifier, context)
}
