import type { Json, JsonObject } from './json.ts'

/** A JSON Schema. */
export type Schema = Readonly<Record<string, unknown>>

/**
 * Declares that a schema accepts a T, where JSON Schema expresses less; see `narrowed`. No value has the property: it has
 * a name, not a symbol, so that declarations can be emitted for what is made of such a schema.
 */
type Narrowed<T> = {
  readonly '~narrowed'?: T
}

/** The schema itself, of which `Infer` makes a T: for a text with a pattern, of which it would make any string. */
export function narrowed<T>() {
  return <const S extends Schema>(schema: S): S & Narrowed<T> => schema
}

/**
 * The type that a schema accepts, if the schema is written `as const`. It knows the keywords of our schemas: enum,
 * const, anyOf, type (one or several), items, properties, required, additionalProperties. `{}` is any JSON.
 */
export type Infer<S> = string extends keyof S
  ? Json
  : '~narrowed' extends keyof S
    ? NonNullable<S['~narrowed']>
    : S extends { readonly enum: readonly (infer Value)[] }
      ? Value
      : S extends { readonly const: infer Value }
        ? Value
        : S extends { readonly anyOf: readonly (infer Option)[] }
          ? InferEach<Option>
          : S extends { readonly type: infer Type }
            ? InferType<Type, S>
            : Json

type InferEach<Option> = Option extends unknown ? Infer<Option> : never

type InferType<Type, S> = Type extends readonly (infer Each)[]
  ? InferType<Each, S>
  : Type extends 'string'
    ? string
    : Type extends 'integer' | 'number'
      ? number
      : Type extends 'boolean'
        ? boolean
        : Type extends 'null'
          ? null
          : Type extends 'array'
            ? readonly Infer<S extends { readonly items: infer Items } ? Items : unknown>[]
            : InferObject<S>

type InferObject<S> = S extends { readonly properties: infer Properties }
  ? InferFields<Properties, S extends { readonly required: readonly (infer Name)[] } ? Name : never>
  : S extends { readonly additionalProperties: infer Values extends object }
    ? Readonly<Record<string, Infer<Values>>>
    : JsonObject

/** The fields of an object, in one type that an editor shows in full. */
type InferFields<Properties, Required> = Merged<
  { readonly [Name in keyof Properties as Name extends Required ? Name : never]: Infer<Properties[Name]> } & {
    readonly [Name in keyof Properties as Name extends Required ? never : Name]?: Infer<Properties[Name]>
  }
>

type Merged<T> = { [Name in keyof T]: T[Name] }
