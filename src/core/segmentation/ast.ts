/** Whose property: the event's own, or the profile's of the user whose event it is (QRY-15). */
export type Source = 'properties' | 'user' | 'event'

/** The operators that take two numbers; `+` joins two texts too. */
export type ArithmeticOperator = '+' | '-' | '*' | '/' | '%'

/** The operators that compare. */
export type ComparisonOperator = '==' | '!=' | '<' | '<=' | '>' | '>='

/** The functions of one operand, beside `datetime`. */
export type FunctionName = 'boolean' | 'number' | 'string' | 'floor' | 'round' | 'ceil' | 'defined'

/** A value that an expression names. */
export type Literal = string | number | boolean

/** A property, by its name. */
export interface Property {
  readonly kind: 'property'
  readonly source: Source
  readonly name: string
}

/** A segmentation expression, understood (QRY-15). Chains of `and` and `or` are one node, however long. */
export type Expression =
  | Property
  | { readonly kind: 'literal'; readonly value: Literal }
  /** A moment, in seconds since the epoch. */
  | { readonly kind: 'datetime'; readonly seconds: number }
  /** The moment that a property holds, as a text or a number. */
  | { readonly kind: 'moment'; readonly operand: Property }
  | { readonly kind: 'list'; readonly values: readonly Literal[] }
  | { readonly kind: 'all' | 'any'; readonly operands: readonly Expression[] }
  | { readonly kind: 'not' | 'negate'; readonly operand: Expression }
  | { readonly kind: 'call'; readonly name: FunctionName; readonly operand: Expression }
  | {
      readonly kind: 'binary'
      readonly operator: ArithmeticOperator | ComparisonOperator | 'in'
      readonly left: Expression
      readonly right: Expression
    }

/** Why a text is no expression. */
export interface ExpressionError {
  /** The character at which it was noticed, counted from 1. */
  readonly position: number
  /** What is wrong there, as part of a sentence. */
  readonly problem: string
}
