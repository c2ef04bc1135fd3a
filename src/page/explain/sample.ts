/** Records that each identity system makes other users of: a device signs up, and an alias joins a phone number, or not. */
export function sampleFor(token: string): string {
  const event = (name: string, ids: Readonly<Record<string, string>>) =>
    `  ${JSON.stringify({ event: name, properties: { token, ...ids } })}`
  const records = [
    event('Page viewed', { $device_id: 'd1', distinct_id: '$device:d1' }),
    event('Call received', { distinct_id: '+6512345678' }),
    event('Signed up', { $device_id: 'd1', $user_id: 'charlie', distinct_id: 'charlie' }),
    event('$create_alias', { distinct_id: 'charlie', alias: '+6512345678' }),
    event('Order placed', { distinct_id: '+6512345678' }),
  ]
  return `[\n${records.join(',\n')}\n]`
}
