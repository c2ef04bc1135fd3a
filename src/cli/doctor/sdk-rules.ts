/** An SDK in a line of source, and the line to write instead. */
export interface SdkRule {
  /** As pitfalls name it: its `mp_lib`. */
  readonly sdk: string
  readonly name: string
  /** Endings of the files to look at. */
  readonly files: RegExp
  /** The call that starts it. */
  readonly call: RegExp
  /** What else the file must have, such as the import: names like `Mixpanel` are those of several SDKs. */
  readonly needs?: RegExp
  /** In: where the server is, without http://. */
  readonly fix: (host: string) => string
}

const SCRIPT = /\.(?:[cm]?[jt]sx?|vue|svelte|html?)$/

/** The more specific ones first: the first that matches a line is taken. */
export const SDK_RULES: readonly SdkRule[] = [
  {
    sdk: 'react-native',
    name: 'React Native',
    files: SCRIPT,
    call: /\bnew Mixpanel\(|\bmixpanel\.init\(/i,
    needs: /mixpanel-react-native/,
    fix: (host) =>
      `await mixpanel.init(false, {}, 'http://${host}')   // from an Android emulator ${emulatorOf(host)}`,
  },
  {
    sdk: 'node',
    name: 'Node',
    files: SCRIPT,
    call: /\bmixpanel\.init\(/i,
    needs: /(?:from|require\()\s*['"]mixpanel['"]/,
    fix: (host) => `Mixpanel.init(token, { host: '${host}', protocol: 'http' })`,
  },
  {
    sdk: 'web',
    name: 'Browser',
    files: SCRIPT,
    call: /\bmixpanel\.init\(/,
    fix: (host) => `mixpanel.init(token, { api_host: 'http://${host}' })`,
  },
  {
    sdk: 'swift',
    name: 'Swift',
    files: /\.swift$/,
    call: /\bMixpanel\.initialize\(/,
    fix: (host) => `Mixpanel.initialize(options: MixpanelOptions(token: token, serverURL: "http://${host}"))`,
  },
  {
    sdk: 'android',
    name: 'Android',
    files: /\.(?:kt|java)$/,
    call: /\bMixpanelAPI\.getInstance\(/,
    fix: (host) =>
      `MixpanelAPI.getInstance(context, token, true, MixpanelOptions.Builder().serverURL("http://${emulatorOf(host)}").build())`,
  },
  {
    sdk: 'jdk',
    name: 'Java',
    files: /\.(?:kt|java)$/,
    call: /\bnew MixpanelAPI\(/,
    fix: (host) =>
      `new MixpanelAPI(${['track', 'engage', 'groups', 'import'].map((path) => `"http://${host}/${path}"`).join(', ')})`,
  },
  {
    sdk: 'flutter',
    name: 'Flutter',
    files: /\.dart$/,
    call: /\bMixpanel\.init\(/,
    fix: (host) =>
      `Mixpanel.init(token, trackAutomaticEvents: false, serverURL: "http://${host}")   // from an Android emulator ${emulatorOf(host)}`,
  },
  {
    sdk: 'python',
    name: 'Python',
    files: /\.py$/,
    call: /\bMixpanel\(/,
    needs: /\bmixpanel\b/,
    fix: (host) =>
      `Mixpanel(token, consumer=Consumer(${['events:track', 'people:engage', 'groups:groups', 'import:import']
        .map((each) => each.split(':'))
        .map(([kind, path]) => `${kind}_url="http://${host}/${path}"`)
        .join(', ')}))`,
  },
  {
    sdk: 'ruby',
    name: 'Ruby',
    files: /\.(?:rb|ru|rake)$/,
    call: /\bMixpanel::Tracker\.new\b/,
    fix: (host) =>
      `consumer = Mixpanel::Consumer.new(${['track', 'engage', 'groups', 'import'].map((path) => `"http://${host}/${path}"`).join(', ')}); Mixpanel::Tracker.new(token) { |type, message| consumer.send!(type, message) }`,
  },
  {
    sdk: 'go',
    name: 'Go',
    files: /\.go$/,
    call: /\bmixpanel\.NewApiClient\(/,
    fix: (host) =>
      `mixpanel.NewApiClient(token, mixpanel.ProxyApiLocation("http://${host}"), mixpanel.ProxyDataLocation("http://${host}"))`,
  },
  {
    sdk: 'php',
    name: 'PHP',
    files: /\.php$/,
    call: /\bMixpanel::getInstance\(/,
    fix: (host) => `Mixpanel::getInstance($token, ['host' => '${host}', 'use_ssl' => false])`,
  },
]

/** What tells an SDK another server than Mixpanel's, in its call or in the lines after it. */
export const POINTED =
  /\b(?:api_hosts?|serverURL|serverUrl|setServerURL|ProxyApiLocation|events_url|Consumer\.new|TWINPANEL_URL)\b|['"]?\bhost['"]?\s*(?::|=>)|localhost|127\.0\.0\.1|10\.0\.2\.2/

/** A host that takes records, or gives them. */
export const MIXPANEL_HOST = /\b(?:api|api-js|api-eu|api-in|data|data-eu|data-in)\.mixpanel\.com\b/

/** Packages that call Mixpanel's own hosts, whatever they are told. */
export const UNTOLD: Readonly<Record<string, string>> = {
  'mixpanel-import': 'imports data into Mixpanel',
  'make-mp-data': 'makes data, and can send it to Mixpanel',
  'mixpanel-data-export': 'exports data from Mixpanel',
  '@segment/analytics.js-integration-mixpanel': 'is the Mixpanel destination of Segment',
}

/** A place in a file of variables that holds a project of Mixpanel. */
export const TOKEN_VARIABLE =
  /^\s*(?:export\s+)?(\w*MIXPANEL\w*(?:TOKEN|SECRET|KEY|PROJECT_ID)\w*)\s*[=:]\s*\S/

function emulatorOf(host: string): string {
  return host.replace(/^(?:localhost|127\.0\.0\.1)/, '10.0.2.2')
}
