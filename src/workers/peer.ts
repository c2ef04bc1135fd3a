import { Deferred } from '../core/deferred.ts'

/** Functions that another process may call. Arguments and results are copied by structured clone. */
export type Methods = Readonly<Record<string, (...args: never[]) => unknown>>

/** The channel to another process. */
export interface Channel {
  send(message: unknown): void
  onMessage(listener: (message: unknown) => void): void
}

type Message =
  | { readonly kind: 'call'; readonly id: number; readonly name: string; readonly args: never[] }
  | { readonly kind: 'answer'; readonly id: number; readonly value: unknown }
  | { readonly kind: 'failure'; readonly id: number; readonly message: string }

/** Calls functions of another process, and serves its calls. `Remote` are the functions over there. */
export class Peer<Remote extends Methods> {
  readonly #channel: Channel
  readonly #local: Methods
  readonly #pending = new Map<number, Deferred<unknown>>()
  #lastId = 0
  #isClosed = false

  constructor(channel: Channel, local: Methods) {
    this.#channel = channel
    this.#local = local
    channel.onMessage((message) => void this.#receive(message as Message))
  }

  /** Calls a function. Rejects if it throws, or if the other process has ended. */
  call<Name extends keyof Remote & string>(
    name: Name,
    ...args: Parameters<Remote[Name]>
  ): Promise<Awaited<ReturnType<Remote[Name]>>> {
    this.#lastId += 1
    const answered = new Deferred<unknown>()
    if (this.#isClosed) answered.reject(new Error(`${name}: the other process has ended`))
    else {
      this.#pending.set(this.#lastId, answered)
      this.#channel.send({ kind: 'call', id: this.#lastId, name, args })
    }
    // The other side has this function, by the type of Remote.
    return answered.promise as Promise<Awaited<ReturnType<Remote[Name]>>>
  }

  /** Rejects the calls in progress: the other process has ended. */
  close(): void {
    this.#isClosed = true
    for (const answered of this.#pending.values()) answered.reject(new Error('the other process has ended'))
    this.#pending.clear()
  }

  async #receive(message: Message): Promise<void> {
    if (message.kind === 'call') return await this.#serve(message)
    const answered = this.#pending.get(message.id)
    this.#pending.delete(message.id)
    if (message.kind === 'answer') answered?.resolve(message.value)
    else answered?.reject(new Error(message.message))
  }

  async #serve({ id, name, args }: Message & { readonly kind: 'call' }): Promise<void> {
    let answer: Message
    try {
      answer = { kind: 'answer', id, value: await this.#local[name]?.(...args) }
    } catch (error) {
      answer = { kind: 'failure', id, message: error instanceof Error ? error.message : String(error) }
    }
    if (!this.#isClosed) this.#channel.send(answer)
  }
}
