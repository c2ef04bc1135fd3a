/** Properties of every type that JSON has, within the limits: stored as they are. */
export const EVERY_TYPE = {
  text: 'plain',
  empty: '',
  whole: 42,
  negative: -7,
  fraction: 0.1,
  large: 1.5e300,
  precise: 9_007_199_254_740_991,
  yes: true,
  no: false,
  nothing: null,
  date: '2026-02-28T23:59:59',
  list: [1, 'two', false, null, []],
  object: { one: { two: 'three' } },
  objects: [{ sku: 'a-1', amount: 2 }, { sku: 'b-2' }],
}

/** Text that is easily damaged on its way: outside ASCII, outside the BMP, or with a meaning in URLs and forms. */
export const HARD_TEXT = {
  emoji: '😀👩‍👩‍👧‍👦🏳️‍🌈',
  greek: 'Καλημέρα κόσμε',
  hebrew: 'שלום, עולם',
  japanese: '日本語テキスト',
  combining: 'e\u0301 ≠ é',
  separators: 'a\u2028b\u2029c',
  'ключ 🔑': 'a name',
  form: 'a=b&data=c+d%20e%2Be#f;g?h',
  quotes: `"'\\/<script>\t\r\n`,
}
