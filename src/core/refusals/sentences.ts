import type { SlotsOf } from '../verdict/finding.ts'
import { fill } from '../verdict/verdict.ts'

/** What was found in a refused record, and what to send instead: two slots of `record.invalid`. */
export interface Explained {
  readonly found: string
  readonly send: string
}

/**
 * Every explanation of a refused record. `found` continues "The record was refused (…): ", `send` is one or more
 * sentences; neither has its final full stop.
 */
export const SENTENCES = {
  'shape.encoded_twice': {
    found: 'it is a string that contains JSON',
    send: 'Encode the record as JSON once, and send the object itself',
  },
  'shape.list': {
    found: 'it is a list inside the list of records',
    send: 'Send one flat list of records',
  },
  'shape.wrapped': {
    found: '{name} contains the records',
    send: 'Send the contents of {name}, without an object around them',
  },
  'shape.wrapped_text': {
    found: '{name} contains text, where JSON is read as it is',
    send: 'Send the records themselves as the JSON body, or {name} as a field of a form',
  },
  'shape.not_object': {
    found: 'it is {kind}',
    send: 'Send an object: {form}',
  },
  'endpoint.profile_update': {
    found: 'it is a profile update, with {name}',
    send: 'Send it to {endpoint}. An event looks like this: {form}',
  },
  'endpoint.event': {
    found: 'it is an event, with {names}',
    send: 'Send it to /track, or to /import if it is older than 5 days. A profile update looks like this: {form}',
  },
  'endpoint.other_profile': {
    found: 'it has {name} and no {missing}',
    send: 'Send it to {endpoint}, or add {missing}',
  },
  'endpoint.segment_call': {
    found: 'it is a call in the format of Segment, of type {type}',
    send: '{send}',
  },
  'event.elsewhere': {
    found: 'the event name is in {place}',
    send: 'Send it as event, beside properties',
  },
  'event.missing': {
    found: 'it has no event; it has {names}',
    send: 'Add event, the name of the event: {form}',
  },
  'event.blank': {
    found: 'event is {value}',
    send: 'Send the name of the event. If it comes from a variable, the variable was not set',
  },
  'event.not_string': {
    found: 'event is {kind}',
    send: 'Send the name of the event as a string: {form}',
  },
  'properties.encoded_twice': {
    found: 'properties is a string that contains JSON',
    send: 'Send properties as an object: do not encode it by itself (JSON.stringify, json_encode, json.dumps) before encoding the record',
  },
  'properties.elsewhere': {
    found: 'the properties are in {name}',
    send: 'Send them as properties',
  },
  'properties.top_level': {
    found: 'found at the top level instead: {names}',
    send: 'Move them into properties: {form}',
  },
  'properties.missing': {
    found: 'it has no properties; it has {names}',
    send: 'Add properties: {form}',
  },
  'properties.not_object': {
    found: 'properties is {kind}',
    send: 'Send properties as an object: {form}',
  },
  'properties.too_many': {
    found: 'properties has {count} members',
    send: 'Send at most 255. Group related values in an object, and put variable data into values, not into names',
  },
  'token.elsewhere': {
    found: 'the token is {place}, where it is not read',
    send: 'Send it as {field}, in every record',
  },
  'token.credentials': {
    found: 'credentials came with the request, and they do not name the project here',
    send: 'Send the project token as {field}, in every record',
  },
  'field.empty': {
    found: '{field} is {value}',
    send: 'Send {what}. If it comes from a variable or the environment, that was not set',
  },
  'field.not_string': {
    found: '{field} is {kind}',
    send: 'Send {what}, as a string',
  },
  'field.missing': {
    found: '{bag} has no {name}; it has {names}',
    send: 'Add {field}: {what}',
  },
  'id.elsewhere': {
    found: '{what} is {place}, where it is not read',
    send: 'Send it as {field}',
  },
  'id.object': {
    found: '{field} is an object with an id in {name}',
    send: 'Send only that member, as {field}',
  },
  'id.not_string': {
    found: '{field} is {kind}',
    send: 'Send the id itself as {field}, a string',
  },
  'id.disallowed': {
    found: 'distinct_id is {value}, a placeholder',
    send: 'Send the id of a user, or "" if the event belongs to no user. Look for a variable that was not set',
  },
  'id.not_allowed': {
    found: 'it has $distinct_id beside $group_key',
    send: 'Remove $distinct_id: a group is identified by $group_key and $group_id',
  },
  'time.elsewhere': {
    found: 'the time is {place}, where it is not read',
    send: 'Send it as properties.time, in seconds or milliseconds since 1970',
  },
  'time.missing': {
    found: 'properties has no time; it has {names}',
    send: 'Add properties.time, in seconds or milliseconds since 1970, such as {example}',
  },
  'time.date': {
    found: '{field} is the date {value}',
    send: 'Send it as a number: {seconds} (seconds since 1970) or {ms} (milliseconds)',
  },
  'time.number_inside': {
    found: '{field} is {value}, a text around a number',
    send: 'Send the number by itself: {seconds} (seconds since 1970) or {ms} (milliseconds)',
  },
  'time.date_text': {
    found: '{field} is {value}, a date as text',
    send: 'Send the number of seconds or milliseconds since 1970, such as {example}',
  },
  'time.template': {
    found: '{field} is {value}, a template that was not filled in',
    send: 'Look for the variable in the tool that sends the event. time is a number, such as {example}',
  },
  'time.own_text': {
    found: '{field} is {value}, and time is reserved for the time of the event',
    send: 'If it is your own property, rename it. The time of the event is a number, such as {example}',
  },
  'time.object': {
    found: 'time is an object, with {names}',
    send: 'Send the number of seconds or milliseconds since 1970 by itself, such as {example}',
  },
  'time.not_number': {
    found: 'time is {kind}',
    send: 'Send the number of seconds or milliseconds since 1970, such as {example}, or omit time on /track',
  },
  'time.unit': {
    found: 'time {value} reads as {date}',
    send: 'It looks like {unit}: send {seconds} (seconds) or {ms} (milliseconds since 1970)',
  },
  'time.unset': {
    found: 'time is {value}, which is what a time that was never set becomes',
    send: 'Look for a time that was never set: send the time in seconds or milliseconds since 1970, or omit it on /track',
  },
  'time.own_number': {
    found: 'time {value} reads as {date}',
    send: 'Send seconds or milliseconds since 1970. If time is your own property, such as a duration, rename it: time is reserved',
  },
  'time.ahead': {
    found: 'time {value} reads as {date}, {hours} h after the server’s clock',
    send: 'Check the clock of the sender, and that the time counts from 1970 in UTC, not in local time',
  },
  'time.retention': {
    found: 'time {value} reads as {date}',
    send: 'Omit older events, or change the project setting retention_days',
  },
  'insert_id.elsewhere': {
    found: 'the id of the event is {place}, where it is not read',
    send: 'Send it as properties.$insert_id',
  },
  'insert_id.missing': {
    found: 'properties has no $insert_id; it has {names}',
    send: 'Add properties.$insert_id, a UUID that is unique to the event and that a retry repeats',
  },
  'insert_id.empty': {
    found: '$insert_id is {value}',
    send: 'Send a UUID that is unique to the event. If it comes from a variable, the variable was not set',
  },
  'insert_id.long': {
    found: '$insert_id has {bytes} bytes',
    send: 'Send at most 36 bytes: a UUID, or the first 36 hexadecimal digits of a hash of the id that you have',
  },
  'insert_id.wrapped': {
    found: '$insert_id {value} has something around the UUID',
    send: 'Send the UUID by itself: {uuid}',
  },
  'insert_id.characters': {
    found: '$insert_id {value} contains {characters}',
    send: 'Use letters, digits and hyphens only: a UUID, or a hash in hexadecimal digits',
  },
  'insert_id.not_string': {
    found: '$insert_id is {kind}',
    send: 'Send a string of letters, digits and hyphens, such as a UUID',
  },
  'insert_id.disallowed': {
    found: '$insert_id is {value}, a placeholder',
    send: 'Send a UUID that is unique to the event. Look for a variable that was not set',
  },
  'merge.ids': {
    found: '$distinct_ids is {what}',
    send: 'Send a list of exactly two ids, as strings: "$distinct_ids":["a","b"]',
  },
  'value.not_utf8': {
    found: '{field} contains half of a surrogate pair',
    send: 'Send UTF-8, and cut text between characters: emoji take more than one unit of UTF-16',
  },
  'value.deep': {
    found: '{field} is nested deeper than 3 levels',
    send: 'Flatten {field}: send its inner members as separate properties',
  },
  'value.wide': {
    found: '{field} contains an object or list of more than 255 members',
    send: 'Send at most 255 members: send data that grows as events',
  },
  'size.too_large': {
    found: 'it has {bytes} bytes, {part} of them in {name}',
    send: 'Keep a record below 1048576 bytes: omit {name}, or send a link to it',
  },
  'operation.unknown': {
    found: '{operation} is not an operation',
    send: 'Use {nearest}, which {effect}',
  },
  'operation.unlike': {
    found: '{operation} is not an operation',
    send: 'Use one of {operations}',
  },
  'operation.top_level': {
    found: 'found outside of any operation: {names}',
    send: 'Put them inside an operation: {form}',
  },
  'operation.missing': {
    found: 'it has no operation; it has {names}',
    send: 'Add one of {operations}: {form}',
  },
  'operand.encoded_twice': {
    found: '{operation} is a string that contains JSON',
    send: 'Send {operation} as an object: do not encode it by itself before encoding the record',
  },
  'operand.not_object': {
    found: '{operation} is {kind}',
    send: 'Send an object of names and values: {example}',
  },
  'operand.not_list': {
    found: '$unset is {kind}',
    send: 'Send a list of names: {example}',
  },
} as const satisfies Record<string, Explained>

export type Explanation = keyof typeof SENTENCES

type Slots<Kind extends Explanation> = SlotsOf<(typeof SENTENCES)[Kind]['found' | 'send']>

/** An explanation with its slots filled in; the compiler refuses a call that lacks one, or has another. */
export function explained<Kind extends Explanation>(
  kind: Kind,
  values: Readonly<Record<Slots<Kind>, string | number>>,
): Explained {
  const { found, send } = SENTENCES[kind]
  return { found: fill(found, values), send: fill(send, values) }
}
