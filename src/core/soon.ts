/**
 * A result that is there already, in the usual case, or will be. A promise for each step of a small request takes as
 * long as the step.
 */
export type Soon<T> = T | Promise<T>
