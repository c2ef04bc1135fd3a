import { dartLiteral, inComment, jsLiteral, kotlinLiteral, swiftLiteral } from './quote.ts'
import { fromEmulator, type Snippet } from './snippet.ts'

const CLEARTEXT = 'From Android 9 on, plain HTTP needs android:usesCleartextTraffic="true" in the manifest.'
const ADDRESS =
  'On a real device use this machine’s address in the network; the server must listen there (HOST).'

/** SDKs for apps. */
export const MOBILE_SNIPPETS: readonly Snippet[] = [
  {
    id: 'swift',
    name: 'Swift',
    code: ({ token, url }) => `import Mixpanel

Mixpanel.initialize(options: MixpanelOptions(token: ${swiftLiteral(token)}, serverURL: ${swiftLiteral(url)}))
Mixpanel.mainInstance().track(event: "Signed up", properties: ["plan": "pro"])
Mixpanel.mainInstance().flush()`,
    pitfalls: [
      'Plain HTTP needs an exception in Info.plist: NSAppTransportSecurity, NSAllowsLocalNetworking.',
      ADDRESS,
    ],
  },
  {
    id: 'android',
    name: 'Android',
    code: ({ token, url }) => `val options = MixpanelOptions.Builder()
    .serverURL(${kotlinLiteral(fromEmulator(url))})
    .build()
val mixpanel = MixpanelAPI.getInstance(context, ${kotlinLiteral(token)}, true, options)
mixpanel.track("Signed up", JSONObject().put("plan", "pro"))
mixpanel.flush()`,
    pitfalls: [
      'A loopback host is taken for an ad blocker, and the SDK goes offline: use 10.0.2.2 from the emulator.',
      CLEARTEXT,
      ADDRESS,
    ],
  },
  {
    id: 'flutter',
    name: 'Flutter',
    code: ({ token, url }) => `final mixpanel = await Mixpanel.init(
  ${dartLiteral(token)},
  trackAutomaticEvents: false,
  serverURL: Platform.isAndroid ? ${dartLiteral(fromEmulator(url))} : ${dartLiteral(url)},
);
mixpanel.track("Signed up", properties: {"plan": "pro"});
mixpanel.flush();`,
    pitfalls: [
      'On Android a loopback host is taken for an ad blocker: 10.0.2.2 from the emulator.',
      CLEARTEXT,
    ],
  },
  {
    id: 'react-native',
    name: 'React Native',
    code: ({ token, url }) => `import { Mixpanel } from 'mixpanel-react-native'
import { Platform } from 'react-native'

const mixpanel = new Mixpanel(${jsLiteral(token)}, false)
const serverURL = Platform.OS === 'android' ? ${jsLiteral(fromEmulator(url))} : ${jsLiteral(url)}
await mixpanel.init(false, {}, serverURL)
mixpanel.track('Signed up', { plan: 'pro' })
mixpanel.flush()`,
    pitfalls: [
      'On Android a loopback host is taken for an ad blocker: 10.0.2.2 from the emulator.',
      CLEARTEXT,
    ],
  },
  {
    id: 'unity',
    name: 'Unity',
    code: ({ token, url }) => `// Edit > Project Settings > Mixpanel:
//   Runtime Token, Debug Token: ${inComment(token)}
//   API Host Address: ${inComment(url)}
Mixpanel.Track("Signed up", "plan", "pro");
Mixpanel.Flush();`,
    pitfalls: [
      'Plain HTTP: Player Settings, Allow downloads over HTTP, Always allowed.',
      'A batch that is refused is sent again for ever.',
    ],
  },
]
