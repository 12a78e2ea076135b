// dbus-next has types for its index only. message-writer.ts declares what it uses of the files behind it.
declare module 'dbus-next/lib/*' {
  const part: unknown
  export default part
}
