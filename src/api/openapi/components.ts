import type { Schema } from '../../core/json-schema.ts'

/** The named schemas of a document, by their `$id`: each is written once and referenced. */
export class Components {
  readonly #schemas = new Map<string, Schema>()

  /** A copy with references in place of the named schemas, which are collected. */
  replaceNamed(value: Schema): Schema {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, this.#replace(item)]))
  }

  /** All referenced schemas, by name. */
  all(): Readonly<Record<string, Schema>> {
    return Object.fromEntries(this.#schemas)
  }

  #replace(value: unknown): unknown {
    if (Array.isArray(value)) return value.map((item) => this.#replace(item))
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
