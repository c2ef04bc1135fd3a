import { splitSentence } from './split-sentence.ts'

interface SentenceProps {
  readonly message: string
  /** The message of the catalogue, with `{…}` for each value. */
  readonly template: string | undefined
}

/** A verdict’s sentence, with the values marked that it has in place of the catalogue’s `{…}`. */
export function Sentence({ message, template }: SentenceProps) {
  return splitSentence(message, template ?? message).map(({ text, isValue }, at) =>
    isValue ? <var key={at}>{text}</var> : text,
  )
}
