import { goLiteral, javaLiteral, jsLiteral, phpLiteral, pythonLiteral, rubyLiteral } from './quote.ts'
import { hostOf, isSecure, type Snippet } from './snippet.ts'

/** SDKs for servers. */
export const SERVER_SNIPPETS: readonly Snippet[] = [
  {
    id: 'node',
    name: 'Node',
    code: ({ token, url }) => `import Mixpanel from 'mixpanel'

const mixpanel = Mixpanel.init(${jsLiteral(token)}, {
  host: ${jsLiteral(hostOf(url))},
  protocol: '${isSecure(url) ? 'https' : 'http'}',
})
mixpanel.track('Signed up', { distinct_id: 'charlie', plan: 'pro' })`,
    pitfalls: [
      'With a secret the SDK refuses plain HTTP: start Twinpanel with TLS=self-signed, or import with key: instead.',
      'track() is a GET with everything in the URL; track_batch() is a POST.',
    ],
  },
  {
    id: 'python',
    name: 'Python',
    code: ({ token, url }) => `from mixpanel import Consumer, Mixpanel

base = ${pythonLiteral(url)}
mp = Mixpanel(${pythonLiteral(token)}, consumer=Consumer(
    events_url=base + "/track",
    people_url=base + "/engage",
    groups_url=base + "/groups",
    import_url=base + "/import",
))
mp.track("charlie", "Signed up", {"plan": "pro"})`,
    pitfalls: [
      'api_host= forces https: give the four URLs instead.',
      'alias() ignores them and always goes to api.mixpanel.com. Track $create_alias yourself.',
    ],
  },
  {
    id: 'ruby',
    name: 'Ruby',
    code: ({ token, url }) => `require 'mixpanel-ruby'
${isSecure(url) ? '' : '\nMixpanel.config_http { |http| http.use_ssl = false }'}
base = ${rubyLiteral(url)}
consumer = Mixpanel::Consumer.new("#{base}/track", "#{base}/engage", "#{base}/groups", "#{base}/import")
tracker = Mixpanel::Tracker.new(${rubyLiteral(token)}) { |type, message| consumer.send!(type, message) }
tracker.track('charlie', 'Signed up', 'plan' => 'pro')`,
    pitfalls: [
      'Without use_ssl = false the SDK speaks TLS to http:// addresses too.',
      'alias() goes to api.mixpanel.com unless its third argument names this server’s /track.',
      'Errors are swallowed: track returns false.',
    ],
  },
  {
    id: 'go',
    name: 'Go',
    code: ({ token, url }) => `mp := mixpanel.NewApiClient(
	${goLiteral(token)},
	mixpanel.ProxyApiLocation(${goLiteral(url)}),
	mixpanel.ProxyDataLocation(${goLiteral(url)}),
)
err := mp.Track(ctx, []*mixpanel.Event{
	mp.NewEvent("Signed up", "charlie", map[string]any{"plan": "pro"}),
})`,
    pitfalls: ['Alias(ctx, aliasID, distinctID): the interface declares the two the other way round.'],
  },
  {
    id: 'java',
    name: 'Java',
    code: ({ token, url }) => `String base = ${javaLiteral(url)};
MixpanelAPI mixpanel = new MixpanelAPI(
    base + "/track", base + "/engage", base + "/groups", base + "/import");
MessageBuilder messages = new MessageBuilder(${javaLiteral(token)});
mixpanel.sendMessage(messages.event("charlie", "Signed up", new JSONObject().put("plan", "pro")));`,
    pitfalls: ['There is no retry: an answer other than 1 is an exception.'],
  },
  {
    id: 'php',
    name: 'PHP',
    code: ({ token, url }) => `$mp = Mixpanel::getInstance(${phpLiteral(token)}, [
    'host' => ${phpLiteral(hostOf(url))},
    'use_ssl' => ${isSecure(url)},
]);
$mp->track('Signed up', ['distinct_id' => 'charlie', 'plan' => 'pro']);`,
    pitfalls: [
      'The socket consumer reaches ports 80 and 443 only: stay with curl, the default.',
      'Events are sent at the end of the script, or by $mp->flush().',
    ],
  },
]
