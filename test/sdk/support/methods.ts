/**
 * The names of an object's public methods, its own and inherited: those of its parts too, as `part.method`. What
 * begins with an underscore is private by the SDKs' own convention.
 */
export function publicMethods(object: object, parts: readonly string[] = []): readonly string[] {
  const own = Object.entries(methodsOf(object)).map(([name]) => name)
  const inParts = parts.flatMap((part) => {
    const value: unknown = Reflect.get(object, part)
    if (typeof value !== 'object' || value === null) throw new Error(`the SDK has no ${part}`)
    return publicMethods(value).map((name) => `${part}.${name}`)
  })
  return [...own, ...inParts].toSorted()
}

function methodsOf(object: object): Record<string, true> {
  const found: Record<string, true> = {}
  for (
    let at: object | null = object;
    at !== null && at !== Object.prototype;
    at = Object.getPrototypeOf(at)
  ) {
    for (const name of Object.getOwnPropertyNames(at)) {
      if (name === 'constructor' || name.startsWith('_')) continue
      const isMethod = typeof Object.getOwnPropertyDescriptor(at, name)?.value === 'function'
      if (isMethod) found[name] = true
    }
  }
  return found
}
