import type { Schema } from '../../core/json-schema.ts'

/** The schemas of a document that have a name, which is their `$id`: each stands in one place, and is referred to. */
export class Components {
  readonly #schemas = new Map<string, Schema>()

  /** A copy in which what has a name is a reference to it; what is referred to is kept. */
  replaceNamed(value: Schema): Schema {
    return Object.fromEntries(Object.entries(value).map(([key, own]) => [key, this.#replace(own)]))
  }

  /** Every schema that was referred to, by its name. */
  all(): Readonly<Record<string, Schema>> {
    return Object.fromEntries(this.#schemas)
  }

  #replace(value: unknown): unknown {
    if (Array.isArray(value)) return value.map((own) => this.#replace(own))
    if (!isSchema(value)) return value
    const { $id: name, ...rest } = value
    if (typeof name !== 'string') return this.replaceNamed(value)
    if (!this.#schemas.has(name)) this.#schemas.set(name, this.replaceNamed(rest))
    return { $ref: `#/components/schemas/${name}` }
  }
}

function isSchema(value: unknown): value is Schema {
  return typeof value === 'object' && value !== null
}
