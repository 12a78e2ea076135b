/** The part of the helper that these tests use; the package has no types. */
declare module 'node-red-node-test-helper' {
  interface TestHelper {
    load(nodes: readonly unknown[], flow: readonly object[]): Promise<void>
    setFlows(flow: readonly object[], type: 'full' | 'flows' | 'nodes'): Promise<void>
    unload(): Promise<void>
    getNode(id: string): { receive(message: object): void }
    request(): { get(path: string): Promise<{ readonly status: number; readonly body: unknown }> }
    log(): { readonly args: readonly (readonly [{ level: number; id?: string; msg: unknown }])[] }
  }

  const helper: TestHelper
  export default helper
}
