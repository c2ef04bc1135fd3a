import { describe, expect, it } from 'vitest'
import { splitSentence } from '../../../src/page/verdicts/split-sentence.ts'

/* The values of a verdict's sentence, which stand in place of the {…} of the catalogue. */

const valuesIn = (message: string, template: string) =>
  splitSentence(message, template).flatMap(({ text, isValue }) => (isValue ? [text] : []))

describe('a sentence', () => {
  it.each([
    ['The event A is 10 days old.', 'The event {event} is {days} days old.', ['A', '10']],
    ['$user_id is null, a placeholder', '{field} is {value}, a placeholder', ['$user_id', 'null']],
    ['Both ids are a.b.', 'Both ids are {id}.', ['a.b']],
    ['Nothing varies.', 'Nothing varies.', []],
    ['Another sentence.', 'The event {event} is {days} days old.', []],
    ['The event A is old.', 'The event {event} is {days} days old.', []],
    ['{a} {b}', '{a} {b}', ['{a}', '{b}']],
  ])('%s has the values of its template', (message, template, values) => {
    expect(valuesIn(message, template)).toEqual(values)
    expect(
      splitSentence(message, template)
        .map(({ text }) => text)
        .join(''),
    ).toBe(message)
  })
})
