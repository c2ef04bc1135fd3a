import type { Client } from './client.ts'
import { isOlder } from './version.ts'

/** Unexpected behaviour of an SDK, with the SDK's source as evidence. */
export interface Trap {
  /** `<sdk>.<what>`. */
  readonly code: string
  /** The affected SDKs, by their `mp_lib`; undefined for any. */
  readonly sdks?: readonly string[]
  /** Whether a client of these SDKs is affected; by default all are. */
  readonly when?: (client: Client) => boolean
  readonly message: string
  readonly advice: string
}

const sends = (client: Client, ...endpoints: readonly string[]) =>
  endpoints.some((endpoint) => client.endpoints.includes(endpoint))
const CLOUD = /(^|\.)mixpanel\.com(:\d+)?$/

/** Traps of client-side SDKs. */
const DEVICE_TRAPS: readonly Trap[] = [
  {
    code: 'web.unreachable_drops',
    sdks: ['web'],
    message:
      'When the connection is refused, or on any answer of 4xx but 413 and 429, the browser SDK throws the batch away, ' +
      'as long as the browser says it is online.',
    advice:
      'Let something that answers 503 stand before a server that restarts; then the SDK sends it again.',
  },
  {
    code: 'web.base64',
    sdks: ['web'],
    when: ({ encoding }) => encoding.includes('base64'),
    message:
      'To every host but mixpanel.com the browser SDK sends base64, which is hard to read in its network tab.',
    advice: "Set api_payload_format: 'json' in mixpanel.init to send JSON.",
  },
  {
    code: 'web.beacon_repeats',
    sdks: ['web'],
    when: ({ encoding }) => encoding.startsWith('text'),
    message:
      'Events that went by sendBeacon stay in the queue, and are sent again when the page is opened again.',
    advice: 'Nothing to do while $insert_id is left alone: by it they are stored once.',
  },
  {
    code: 'web.profile_order',
    sdks: ['web'],
    when: (client) => sends(client, '/engage'),
    message:
      'Profile updates from before identify() are sent by operator ($set, $set_once, $unset, $add, $union, $append, ' +
      '$remove), not in the order of the calls. Without batching each is its own request, so $unset and list ' +
      'operations can overtake each other.',
    advice:
      'Call identify() before people.*, keep batch_requests on, and send an update that must come after another in the ' +
      'callback of that one.',
  },
  {
    code: 'android.loopback',
    sdks: ['android'],
    message:
      'When the host of the server resolves to a loopback address or 0.0.0.0, the SDK takes it for an ad blocker and goes offline.',
    advice:
      'Use http://10.0.2.2:<port> from the emulator, or an address of your network; not adb reverse and localhost.',
  },
  {
    code: 'mobile.refused_repeats',
    sdks: ['android', 'swift', 'flutter', 'unity'],
    message:
      'The SDK keeps a batch that is answered 4xx and sends it again and again; what comes after it waits.',
    advice:
      'Look for rejected records under Verdicts, and never put a proxy before the server that answers 4xx.',
  },
  {
    code: 'swift.alias_identifies',
    sdks: ['swift'],
    message: 'createAlias identifies the user by the old distinct_id afterwards, not by the alias.',
    advice: 'Call identify with the id you want after createAlias, or use identify alone.',
  },
  {
    code: 'react-native.alias_argument',
    sdks: ['react-native'],
    message:
      'In JavaScript mode alias(alias, distinctId) sends the current distinct_id in the place of the one given.',
    advice: 'Call identify(distinctId) before alias, or use identify alone.',
  },
  {
    code: 'react-native.bad_request_drops',
    sdks: ['react-native'],
    message:
      'In JavaScript mode the SDK drops the first record of a batch that is answered 400, and sends the rest.',
    advice: 'Look for rejected records under Verdicts.',
  },
  {
    code: 'unity.bare_id',
    sdks: ['unity'],
    message:
      'The anonymous id is a bare GUID: no $device: before it, no $device_id. On Simplified ID Merge it counts as a user id, which identify does not join to another.',
    advice: 'Use Original ID Merge for this project, or set $device_id and $user_id as super properties.',
  },
]

/** Traps of server-side SDKs. */
const SERVER_TRAPS: readonly Trap[] = [
  {
    code: 'python.api_host_https',
    sdks: ['python'],
    message: 'A Consumer that is given api_host= speaks https only.',
    advice: 'For plain http give it the four addresses: events_url, people_url, groups_url and import_url.',
  },
  {
    code: 'python.alias_elsewhere',
    sdks: ['python'],
    message:
      'alias() makes a Consumer of its own and sends to api.mixpanel.com, whatever this one was given.',
    advice: "Track it yourself: mp.track(id, '$create_alias', {'distinct_id': id, 'alias': alias}).",
  },
  {
    code: 'python.no_retry_http',
    sdks: ['python'],
    message: 'The SDK retries over https only: over plain http the first failure is an exception.',
    advice: 'Catch MixpanelException and send again, or serve https (TLS=self-signed).',
  },
  {
    code: 'python.import_without_secret',
    sdks: ['python'],
    when: (client) => sends(client, '/import'),
    message: 'import_data with an api_key alone sends no credentials at all, which is a 401.',
    advice: 'Give api_secret, or ServiceAccountCredentials.',
  },
  {
    code: 'ruby.use_ssl',
    sdks: ['ruby'],
    message: 'The SDK speaks TLS to addresses of http:// too.',
    advice: 'Mixpanel.config_http { |http| http.use_ssl = false }',
  },
  {
    code: 'ruby.alias_elsewhere',
    sdks: ['ruby'],
    message: 'alias() sends to api.mixpanel.com unless it is told where to.',
    advice: 'Give the address of /track as its third argument.',
  },
  {
    code: 'ruby.errors_swallowed',
    sdks: ['ruby'],
    message: 'The error handler that comes with the SDK says nothing: track returns false.',
    advice: 'Look at what track returns, or give the Tracker an ErrorHandler.',
  },
  {
    code: 'node.secret_https',
    sdks: ['node'],
    message: 'With a secret or a service account the SDK throws unless its protocol is https.',
    advice: "Start the server with TLS=self-signed, or import with key: 'x' in the place of the secret.",
  },
  {
    code: 'node.no_service_accounts',
    sdks: ['node'],
    when: ({ version, endpoints }) => endpoints.includes('/import') && isOlder(version, '0.24.0'),
    message: 'Service accounts came with version 0.24.0 of the SDK.',
    advice: 'Update the package mixpanel.',
  },
  {
    code: 'node.status_ignored',
    sdks: ['node'],
    message:
      'The SDK judges by the body alone and does not send again: without a callback a failure is silence.',
    advice: 'Give every call a callback, and look at its error.',
  },
  {
    code: 'node.flags_port',
    sdks: ['node'],
    message: 'Feature flags are asked for by https on port 443, whatever the host of the events is.',
    advice: 'Let a server that speaks https on 443 pass /flags on to this one.',
  },
  {
    code: 'php.socket_ports',
    sdks: ['php'],
    message: 'The socket consumer reaches the ports 80 and 443 only.',
    advice: 'Stay with the curl consumer, which is the default.',
  },
  {
    code: 'php.sends_ten_times',
    sdks: ['php'],
    message:
      'At the end of the script the SDK sends a batch up to ten times until the answer is 1, and gives events no $insert_id.',
    advice: 'Set $insert_id yourself, so that what was stored the first time is not stored again.',
  },
  {
    code: 'java.flags_https',
    sdks: ['jdk'],
    message:
      'Feature flags are asked for by https only, from apiHost; the endpoints of the events do not count.',
    advice: 'Serve https, and give the flags configuration this host.',
  },
  {
    code: 'go.alias_order',
    sdks: ['go'],
    message: 'Alias takes (ctx, aliasID, distinctID); the interface declares the two the other way round.',
    advice: 'Look at the record under Live: alias is the new name, distinct_id the one that exists.',
  },
  {
    code: 'server.no_insert_id',
    sdks: ['node', 'ruby', 'php', 'jdk', 'go'],
    when: (client) => sends(client, '/track'),
    message: 'The SDK gives events no $insert_id, so what you send again is stored again.',
    advice: 'Set $insert_id to something that stays the same when you retry.',
  },
]

/** Traps in how a request was sent, whatever the client. */
const COMMON_TRAPS: readonly Trap[] = [
  {
    code: 'any.cloud_host',
    when: ({ host }) => CLOUD.test(host),
    message:
      'This client believes that it speaks to Mixpanel: it comes here because of a proxy, or of how the name is resolved.',
    advice:
      'Where neither is in place its records go to Mixpanel; an EU or India host must match the region of the project.',
  },
  {
    code: 'any.gzip_on_profiles',
    when: (client) => client.encoding.endsWith('gzip') && sends(client, '/engage', '/groups'),
    message: 'Mixpanel’s documentation says that profile updates are not taken when they are compressed.',
    advice: 'Send profile updates without gzip.',
  },
  {
    code: 'any.unnamed_profiles',
    when: (client) =>
      client.userAgent !== '' &&
      client.endpoints.every((endpoint) => endpoint === '/engage' || endpoint === '/groups'),
    message: 'Profile updates do not name their SDK, so this line is named after the User-Agent.',
    advice: 'It may be an SDK that has a line of its own for its events.',
  },
  {
    code: 'any.unnamed_batches',
    when: ({ lib, encoding }) => lib === '' && encoding === 'form base64',
    message:
      'Forms of base64 without a User-Agent are what track_batch and import_batch of mixpanel-node and the PHP SDK send.',
    advice: 'Set mp_lib in the properties to tell them apart.',
  },
]

export const TRAPS: readonly Trap[] = [...COMMON_TRAPS, ...DEVICE_TRAPS, ...SERVER_TRAPS]
