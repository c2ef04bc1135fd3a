import {
  base64,
  basic,
  gzip,
  happened,
  json,
  ONE,
  percent,
  TIME_MS,
  type Transcript,
  type Who,
} from '../support/transcript.ts'

/*
 * Flutter speaks through the SDK of the platform, as of which the requests are: only its name and version are put
 * over theirs. Session replay it sends by itself, and wants exactly 200.
 */

const D = '4f6d1a3e-0b1c-4d2e-8f3a-000000000001'
const AGENT = ['User-Agent: Dart/3.9 (dart:io)', 'Accept-Encoding: gzip']
const AUTHORIZED = ({ token }: Who) => [...AGENT, basic(token)]
const BASE = { mp_lib: 'flutter', $lib_version: '2.12.0', $os: 'Android', $os_version: '15' }
const event = (token: string) => ({
  event: 'Opened',
  properties: {
    ...BASE,
    token,
    time: TIME_MS,
    distinct_id: `$device:${D}`,
    $device_id: D,
    $had_persisted_distinct_id: false,
  },
})
const STORED = happened('Opened', `$device:${D}`, TIME_MS, {
  ...BASE,
  $device_id: D,
  $had_persisted_distinct_id: false,
})
const REPLAY =
  'format=gzip&distinct_id=charlie&seq=0&batch_start_time=1787227140.123&replay_id=0b5c2f6a-9d1e-4c3b-8a7f' +
  '&replay_length_ms=10000&replay_start_time=1787227130.123&%24lib_version=1.1.1&%24os=Android&mp_lib=flutter-sr'

export const FLUTTER: Transcript = {
  sdk: 'mixpanel-flutter 2.12.0, session replay 1.1.1',
  exchanges: [
    {
      title: 'track() on Android: mp_lib is flutter (TRK-02, TRK-03, PRP-03)',
      requests: ({ token }) => [
        {
          line: 'POST /track/?ip=1',
          headers: ['Content-Type: application/x-www-form-urlencoded; charset=utf-8', ...AGENT],
          body: `data=${percent(base64(JSON.stringify([event(token)])))}`,
        },
      ],
      answers: [ONE],
      stored: { events: [STORED] },
    },
    {
      title: 'track() on iOS (TRK-02)',
      requests: ({ token }) => [
        {
          line: 'POST /track/?ip=1',
          headers: ['Content-Type: application/json', ...AGENT],
          body: JSON.stringify([{ ...event(token), id: 1 }]),
        },
      ],
      answers: [ONE],
      stored: { events: [STORED] },
    },
    {
      title: 'session replay asks for its settings (FLG-06)',
      surprises: ['S15'],
      requests: (who) => [
        {
          line: 'GET /settings?recording=1&sdk_config=1&%24os=Android&mp_lib=flutter-sr&%24lib_version=1.1.1',
          headers: AUTHORIZED(who),
        },
      ],
      answers: [
        json(200, {
          recording: { is_enabled: true, error: null },
          sdk_config: { config: { record_sessions_percent: 100 }, error: null },
        }),
      ],
    },
    {
      title: 'session replay sends a recording (FLG-07)',
      surprises: ['S30'],
      requests: (who) => [
        {
          line: `POST /record?${REPLAY}`,
          headers: ['Content-Type: application/octet-stream', ...AUTHORIZED(who)],
          body: gzip('[{"type":4,"data":{"width":411,"height":914},"timestamp":1787227130123}]'),
        },
      ],
      answers: [json(200, { code: 200, status: 'OK' })],
    },
  ],
}
