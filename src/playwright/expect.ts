import { expect as base } from '@playwright/test'
import { type MatcherResult, matchers, type RunnerContext } from '../fixtures/matchers/matchers.ts'

/** For how long mixpanel-browser holds records back by default, in milliseconds. */
const HELD_BACK_MS = 5_000
/** The limit of `expect`, in milliseconds, unless it is configured. */
const EXPECT_TIMEOUT_MS = 5_000

type Matcher = (this: RunnerContext, received: unknown, ...args: never) => Promise<MatcherResult>

/** A matcher that waits for what the SDK holds back, and then as long as `expect` waits. */
function patient(matcher: Matcher): Matcher {
  return function (received, ...args) {
    const { isNot, utils, timeout = EXPECT_TIMEOUT_MS } = this
    return matcher.call({ isNot, utils, timeout: timeout + HELD_BACK_MS }, received, ...args)
  }
}

const patientMatchers = Object.fromEntries(
  Object.entries<Matcher>(matchers).map(([name, matcher]) => [name, patient(matcher)]),
) as typeof matchers

/** Playwright's `expect`, with the matchers of projects. */
export const expect = base.extend(patientMatchers)
