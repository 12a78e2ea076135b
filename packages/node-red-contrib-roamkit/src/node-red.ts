/** A message between nodes. Other nodes may have put anything into it. */
export interface Message {
  readonly topic?: unknown
  readonly payload?: unknown
}

/** What a node shows below itself in the editor; `{}` for nothing. */
export interface Badge {
  readonly fill?: 'red' | 'green' | 'yellow' | 'blue' | 'grey'
  readonly shape?: 'ring' | 'dot'
  readonly text?: string
}

/** A node, as Node-RED's `createNode()` leaves it. */
export interface RedNode {
  readonly id: string
  on(event: 'input', listener: (message: Message, send: unknown, done: Done) => void): void
  on(event: 'close', listener: (done: Done) => void): void
  status(badge: Badge): void
  /** One message for each output; `null` sends nothing there. */
  send(messages: readonly (Message | null)[]): void
  warn(text: string): void
  error(text: string): void
}

/** Ends the handling of a message, or of a node's end; a text is an error, which a catch node can receive. */
export type Done = (error?: string) => void

/** The answer to a request of the editor. */
interface Response {
  json(data: unknown): void
}

/** Answers a request of the editor. */
export type Handler = (
  request: { readonly params: Readonly<Record<string, string>> },
  response: Response,
) => void

/** The part of Node-RED's API that these nodes use. The package does not depend on Node-RED: Node-RED loads it. */
export interface NodeRed {
  readonly nodes: {
    registerType<Node extends RedNode, Config>(
      type: string,
      create: (this: Node, config: Config) => void,
    ): void
    createNode(node: RedNode, config: object): void
    getNode(id: string): RedNode | null | undefined
  }
  readonly events: {
    /** `flows:started`: all nodes of a deployment are there. What is sent before may get lost. */
    on(event: 'flows:started', listener: () => void): void
  }
  readonly httpAdmin: { get(path: string, ...handlers: readonly unknown[]): void }
  readonly auth: { needsPermission(permission: string): unknown }
}
