/** True if a version of numbers and dots is lower than another; false if one of them does not have that form. */
export function isOlder(version: string, than: string): boolean {
  const [numbers, other] = [parts(version), parts(than)]
  if (numbers === undefined || other === undefined) return false
  for (let at = 0; at < Math.max(numbers.length, other.length); at++) {
    const difference = (numbers[at] ?? 0) - (other[at] ?? 0)
    if (difference !== 0) return difference < 0
  }
  return false
}

function parts(version: string): readonly number[] | undefined {
  const [, numbers] = /^v?(\d{1,9}(?:\.\d{1,9}){0,4})(?:[-+].*)?$/.exec(version) ?? []
  return numbers?.split('.').map(Number)
}
