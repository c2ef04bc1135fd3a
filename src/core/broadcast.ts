/** Sends a message to the other processes of the server. Resolves when all of them have handled it. */
export type Publish<Message> = (message: Message) => Promise<void>

/** Tells the other processes of a server what one has learned. Messages consist of plain data. */
export interface Broadcast {
  /** Handles the messages of others on a topic. Out: the function that sends one. */
  join<Message>(topic: string, onMessage: (message: Message) => void): Publish<Message>
}

/** The broadcast of a server with one process. */
export const ALONE: Broadcast = { join: () => () => Promise.resolve() }
