/** Where a property comes from: the event, or the profile of its user (QRY-15). */
export type Source = 'properties' | 'user' | 'event'

/** Operators on two numbers; `+` also joins two texts. */
export type ArithmeticOperator = '+' | '-' | '*' | '/' | '%'

type ComparisonOperator = '==' | '!=' | '<' | '<=' | '>' | '>='

/** Functions of one operand, besides `datetime`. */
export type FunctionName = 'boolean' | 'number' | 'string' | 'floor' | 'round' | 'ceil' | 'defined'

/** A constant in an expression. */
export type Literal = string | number | boolean

export interface Property {
  readonly kind: 'property'
  readonly source: Source
  readonly name: string
}

/** A parsed segmentation expression (QRY-15). A chain of `and` or `or` is one node, however long. */
export type Expression =
  | Property
  | { readonly kind: 'literal'; readonly value: Literal }
  /** A time, in seconds since the epoch. */
  | { readonly kind: 'datetime'; readonly seconds: number }
  /** The time in a property, as a text or a number. */
  | { readonly kind: 'datetime_of'; readonly operand: Property }
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

/** Why a text is not an expression. */
export interface ExpressionError {
  /** The position of the error, in characters counted from 1. */
  readonly position: number
  /** What is wrong there, as part of a sentence. */
  readonly problem: string
}
