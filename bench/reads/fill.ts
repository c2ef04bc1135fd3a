import { Client } from 'pg'

/*
 * Fills projects by SQL, in about half a minute for a million events: through /import the same takes ten times as long.
 */

/** What a project is filled with. Times are those of the DAYS days before now, in order of arrival. */
export interface Filling {
  readonly token: string
  readonly events: number
  readonly users: number
  /** Devices of each user that is linked: every fifth one, or all if `allLinked`. */
  readonly devices: number
  readonly allLinked: boolean
  /** The number of event names. */
  readonly names: number
  /** The unit of the events' times, in ms. */
  readonly timeStepMs: number
}

export const DAYS = 30

/** One statement for each of some connections, so that all processors fill. */
const CONNECTIONS = 2

/**
 * Adds the events of a filling, and the links of its users. One event in a hundred is a copy of the one before: of a
 * linked user, often under another id.
 */
export async function fill(databaseUrl: string, filling: Filling): Promise<void> {
  const { token, events, users, devices, allLinked, names, timeStepMs } = filling
  const linkedOf = allLinked ? 1 : 5
  const clients = Array.from({ length: CONNECTIONS }, () => new Client(databaseUrl))
  try {
    await Promise.all(clients.map((client) => client.connect()))
    await clients[0]?.query(ADD_LINKS, [token, users, devices, linkedOf])
    await Promise.all(
      clients.map((client, at) =>
        client.query(ADD_EVENTS, [
          token,
          Math.floor((events * at) / CONNECTIONS),
          Math.floor((events * (at + 1)) / CONNECTIONS) - 1,
          events,
          users,
          devices,
          linkedOf,
          names,
          timeStepMs,
          DAYS * 86_400_000,
        ]),
      ),
    )
    await clients[0]?.query('vacuum (analyze) event, identity')
    await clients[0]?.query('checkpoint')
  } finally {
    await Promise.all(clients.map((client) => client.end()))
  }
}

const DEVICE = (user: string, device: string) =>
  `'$device:' || md5('device' || ${user} || '-' || ${device})::uuid::text`

const ADD_LINKS = `
  insert into identity (project_id, distinct_id, canonical, first_seen_seq, rekeyed_seq, linked_at_ms)
  select project.id, ${DEVICE('user_no', 'device_no')}, 'user-' || user_no, nextval('identity_first_seen_seq'), 0, 1
  from project, generate_series(0, $2::integer - 1, $4::integer) as user_no,
       generate_series(0, $3::integer - 1) as device_no
  where token = $1`

/** The events with the numbers $2 to $3 of $4. */
const ADD_EVENTS = `
  with numbered as (
    select number, number - (number % 100 = 99)::integer as original from generate_series($2::bigint, $3::bigint) as number
  ),
  made as (
    select number, original, hashint8extended(original, 1) & 2147483647 as chance,
           ((hashint8extended(original, 2) & 2147483647) % $5::integer)::integer as user_no,
           ((hashint8extended(number, 3) & 2147483647) % (2 * $6::integer))::integer as device_no
    from numbered
  )
  insert into event (project_id, distinct_id, time_ms, received_at_ms, event, insert_id, size_bytes, is_imported, properties)
  select project.id,
         case when user_no % $7::integer = 0 and device_no < $6::integer then ${DEVICE('user_no', 'device_no')}
              else 'user-' || user_no end,
         (extract(epoch from now())::bigint * 1000 - ($10::bigint * ($4::bigint - original)) / $4::bigint)
           / $9::bigint * $9::bigint,
         extract(epoch from now())::bigint * 1000, 'Event ' || chance % $8::integer,
         lpad(to_hex(hashint8extended(original, 4)), 16, '0'), 640, true,
         ('{"$os":"Mac OS X","$browser":"Chrome","$current_url":"https://example.com/products/' || chance % 1000 ||
          '?utm_source=newsletter&utm_campaign=autumn","$browser_version":141,"$screen_height":982,"$screen_width":1512,' ||
          '"mp_lib":"web","$lib_version":"2.83.0","$initial_referrer":"https://www.google.com/",' ||
          '"$initial_referring_domain":"www.google.com","plan":"' || (array['free','free','pro','team'])[1 + chance % 4] ||
          '","city":"' || (array['Berlin','München','São Paulo','Oslo','Kraków'])[1 + chance / 7 % 5] || '","amount":' ||
          chance % 10000 / 100.0 || ',"items":' || number % 7 || ',"returning":' || (chance % 2 = 0)::text ||
          ',"experiments":["checkout-b","search-a"]}')::jsonb
  from made, project where project.token = $1`
