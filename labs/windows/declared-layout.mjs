// Under node.exe: how koffi lays out every struct that the backend declares.
import { koffi, structs } from '../../packages/backend-windows/dist/internals.js'

const layouts = Object.entries(structs).map(([name, type]) => {
  const { size, members } = koffi.introspect(type)
  const offsets = Object.entries(members ?? {}).map(([member, { offset }]) => [member, offset])
  return [name, { size, members: Object.fromEntries(offsets) }]
})
console.log(JSON.stringify(Object.fromEntries(layouts)))
