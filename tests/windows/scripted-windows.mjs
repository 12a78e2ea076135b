// Preloaded by `node --import`: a program's `@roamkit/backend-windows` loads the lab's scripted DLLs instead of the system's.
import { register } from 'node:module'

register('./scripted-windows-hooks.mjs', import.meta.url)
