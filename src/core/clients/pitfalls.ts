import type { Client } from './client.ts'
import { isOlder } from './version.ts'

/** Unexpected behaviour of an SDK, with the SDK's source as evidence. */
export interface Pitfall {
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

/** Pitfalls of client-side SDKs. */
const DEVICE_PITFALLS: readonly Pitfall[] = [
  {
    code: 'web.unreachable_drops',
    sdks: ['web'],
    message:
      'While the browser reports that it is online, the browser SDK drops a batch if the connection is refused, or if ' +
      'the answer is a 4xx other than 413 and 429.',
    advice:
      'Put a proxy that answers 503 in front of a server that restarts; the SDK then sends the batch again.',
  },
  {
    code: 'web.base64',
    sdks: ['web'],
    when: ({ encoding }) => encoding.includes('base64'),
    message:
      'To every host except mixpanel.com, the browser SDK sends base64, which is hard to read in the network tab.',
    advice: "Set api_payload_format: 'json' in mixpanel.init to send JSON.",
  },
  {
    code: 'web.beacon_repeats',
    sdks: ['web'],
    when: ({ encoding }) => encoding.startsWith('text'),
    message: 'Events sent by sendBeacon stay in the queue, and are sent again when the page is opened again.',
    advice: 'No action needed: $insert_id prevents duplicates unless you change it.',
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
      'If the server host resolves to a loopback address or 0.0.0.0, the SDK assumes an ad blocker and goes offline.',
    advice:
      'Use http://10.0.2.2:<port> from the emulator, or an address in your network, not adb reverse with localhost.',
  },
  {
    code: 'mobile.refused_repeats',
    sdks: ['android', 'swift', 'flutter', 'unity'],
    message:
      'The SDK keeps a batch that is answered 4xx and resends it indefinitely; later records wait behind it.',
    advice:
      'Look for rejected records under Verdicts, and put no proxy that answers 4xx in front of the server.',
  },
  {
    code: 'swift.alias_identifies',
    sdks: ['swift'],
    message: 'After createAlias, the SDK identifies the user by the old distinct_id, not by the alias.',
    advice: 'Call identify with the id you want after createAlias, or use identify alone.',
  },
  {
    code: 'react-native.alias_argument',
    sdks: ['react-native'],
    message:
      'In JavaScript mode, alias(alias, distinctId) sends the current distinct_id instead of the given one.',
    advice: 'Call identify(distinctId) before alias, or use identify alone.',
  },
  {
    code: 'react-native.bad_request_drops',
    sdks: ['react-native'],
    message:
      'In JavaScript mode, the SDK drops the first record of a batch that is answered 400, and resends the rest.',
    advice: 'Look for rejected records under Verdicts.',
  },
  {
    code: 'unity.bare_id',
    sdks: ['unity'],
    message:
      'The anonymous id is a bare GUID, without the prefix $device: and without $device_id. In Simplified ID Merge it is a user id, which identify cannot merge with another.',
    advice: 'Use Original ID Merge for this project, or set $device_id and $user_id as super properties.',
  },
]

/** Pitfalls of server-side SDKs. */
const SERVER_PITFALLS: readonly Pitfall[] = [
  {
    code: 'python.api_host_https',
    sdks: ['python'],
    message: 'A Consumer with api_host= uses https only.',
    advice: 'For plain http, set the four URLs: events_url, people_url, groups_url and import_url.',
  },
  {
    code: 'python.alias_elsewhere',
    sdks: ['python'],
    message:
      'alias() creates a new Consumer and sends to api.mixpanel.com, regardless of the configured host.',
    advice: "Track it yourself: mp.track(id, '$create_alias', {'distinct_id': id, 'alias': alias}).",
  },
  {
    code: 'python.no_retry_http',
    sdks: ['python'],
    message: 'The SDK retries over https only; over plain http, the first failure raises an exception.',
    advice: 'Catch MixpanelException and send again, or serve https (TLS=self-signed).',
  },
  {
    code: 'python.import_without_secret',
    sdks: ['python'],
    when: (client) => sends(client, '/import'),
    message: 'import_data with only an api_key sends no credentials and is answered 401.',
    advice: 'Pass api_secret, or ServiceAccountCredentials.',
  },
  {
    code: 'ruby.use_ssl',
    sdks: ['ruby'],
    message: 'The SDK uses TLS even for http:// URLs.',
    advice: 'Set Mixpanel.config_http { |http| http.use_ssl = false }',
  },
  {
    code: 'ruby.alias_elsewhere',
    sdks: ['ruby'],
    message: 'alias() sends to api.mixpanel.com unless it gets another URL.',
    advice: 'Pass the URL of /track as its third argument.',
  },
  {
    code: 'ruby.errors_swallowed',
    sdks: ['ruby'],
    message: 'The default error handler of the SDK is silent: track only returns false.',
    advice: 'Check the return value of track, or give the Tracker an ErrorHandler.',
  },
  {
    code: 'node.secret_https',
    sdks: ['node'],
    message: 'With a secret or a service account, the SDK throws unless its protocol is https.',
    advice: "Start the server with TLS=self-signed, or import with key: 'x' instead of the secret.",
  },
  {
    code: 'node.no_service_accounts',
    sdks: ['node'],
    when: ({ version, endpoints }) => endpoints.includes('/import') && isOlder(version, '0.24.0'),
    message: 'The SDK supports service accounts from version 0.24.0 on.',
    advice: 'Update the package mixpanel.',
  },
  {
    code: 'node.status_ignored',
    sdks: ['node'],
    message: 'The SDK ignores the HTTP status and does not retry; without a callback, failures are silent.',
    advice: 'Pass a callback to every call, and check its error.',
  },
  {
    code: 'node.flags_port',
    sdks: ['node'],
    message: 'Feature flags are requested over https on port 443, regardless of the host for events.',
    advice: 'Let a proxy with https on port 443 forward /flags to this server.',
  },
  {
    code: 'php.socket_ports',
    sdks: ['php'],
    message: 'The socket consumer supports only the ports 80 and 443.',
    advice: 'Use the curl consumer, which is the default.',
  },
  {
    code: 'php.sends_ten_times',
    sdks: ['php'],
    message:
      'At the end of the script, the SDK sends a batch up to ten times until the answer is 1. Its events have no $insert_id.',
    advice: 'Set $insert_id yourself, so that events are not stored twice.',
  },
  {
    code: 'java.flags_https',
    sdks: ['jdk'],
    message:
      'Feature flags are requested over https only, from apiHost; the endpoints for events have no effect on them.',
    advice: 'Serve https, and set apiHost in the flags configuration to this host.',
  },
  {
    code: 'go.alias_order',
    sdks: ['go'],
    message:
      'Alias takes (ctx, aliasID, distinctID), but the interface declares the two ids in the opposite order.',
    advice: 'Check the record under Live: alias is the new id, distinct_id the existing one.',
  },
  {
    code: 'server.no_insert_id',
    sdks: ['node', 'ruby', 'php', 'jdk', 'go'],
    when: (client) => sends(client, '/track'),
    message: 'The SDK sends events without $insert_id, so a resent event is stored twice.',
    advice: 'Set $insert_id to a value that stays the same when you retry.',
  },
]

/** Pitfalls in how a request was sent, for any client. */
const COMMON_PITFALLS: readonly Pitfall[] = [
  {
    code: 'any.cloud_host',
    when: ({ host }) => CLOUD.test(host),
    message:
      'This client sends to a host of Mixpanel, and reaches this server through a proxy or through DNS.',
    advice:
      'Without the proxy or the DNS entry, its records go to Mixpanel. An EU or India host must match the region of the project.',
  },
  {
    code: 'any.gzip_on_profiles',
    when: (client) => client.encoding.endsWith('gzip') && sends(client, '/engage', '/groups'),
    message: 'Mixpanel’s documentation says that compressed profile updates are not accepted.',
    advice: 'Send profile updates without gzip.',
  },
  {
    code: 'any.unnamed_profiles',
    when: (client) =>
      client.userAgent !== '' &&
      client.endpoints.every((endpoint) => endpoint === '/engage' || endpoint === '/groups'),
    message: 'Profile updates do not name their SDK, so this row is named after the User-Agent.',
    advice: 'It may be an SDK that has a separate row for its events.',
  },
  {
    code: 'any.unnamed_batches',
    when: ({ lib, encoding }) => lib === '' && encoding === 'form base64',
    message:
      'Base64 forms without a User-Agent come from track_batch and import_batch of mixpanel-node, or from the PHP SDK.',
    advice: 'Set mp_lib in the properties to distinguish them.',
  },
]

export const PITFALLS: readonly Pitfall[] = [...COMMON_PITFALLS, ...DEVICE_PITFALLS, ...SERVER_PITFALLS]
