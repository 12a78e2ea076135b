// dbus-next has types of its index only; marshaller.ts says what it takes of the files behind it.
declare module 'dbus-next/lib/*' {
  const part: unknown
  export default part
}
