/** What an agent is asked and answers, as the messages between a test and its thread. */
import type { Failure } from './ask.ts'
import type { EchoReply } from './echo.ts'

/** Whom to ask, and how. */
export interface Question {
  /** Default tcp. */
  readonly protocol?: 'tcp' | 'udp'
  readonly address: string
  readonly port: number
  /** How many connections or datagrams, one after the other; default 1. */
  readonly times?: number
  /** Seconds for each answer; default 3. */
  readonly timeout?: number
  /** The client's own port, for all of them; default a new one for each. */
  readonly sourcePort?: number
  /** Length of what is sent; default 16. */
  readonly bytes?: number
}

/** An answer of an agent's server: `bytes` is how much it was sent. */
export interface AgentReply extends EchoReply {
  readonly bytes: number
}

export type Answer = AgentReply | Failure

/** An answer to a datagram of a flow: from which address, when (ms since the epoch), and how many had been sent until then. */
export interface FlowReply extends Pick<EchoReply, 'name' | 'client'> {
  readonly from: string
  readonly sent: number
  readonly at: number
}

/** An HTTP answer. */
export interface Page {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: string
}

export type Order =
  | { readonly kind: 'serve'; readonly name: string; readonly port: number }
  | { readonly kind: 'close'; readonly port: number }
  | { readonly kind: 'ask'; readonly question: Question }
  | { readonly kind: 'get'; readonly url: string }
  | { readonly kind: 'open'; readonly question: Question }
  | { readonly kind: 'flow'; readonly question: Question; readonly interval: number }
  | { readonly kind: 'say' | 'heard' | 'end'; readonly talk: number }

/** From the test to the thread, and back with the same number. */
export interface Request {
  readonly id: number
  readonly order: Order
}

export interface Response {
  readonly id: number
  readonly result?: unknown
  /** Why the order could not be carried out. */
  readonly error?: string
}
