import { afterAll, beforeAll } from 'vitest'

/** Sets variables of this process for the tests of a file: the next file may run in the same process. */
export function useEnvironment(variables: Readonly<Record<string, string>>): void {
  const before = Object.keys(variables).map((name) => [name, process.env[name]] as const)
  beforeAll(() => {
    Object.assign(process.env, variables)
  })
  afterAll(() => {
    for (const [name, value] of before) {
      if (value === undefined) delete process.env[name]
      else process.env[name] = value
    }
  })
}
