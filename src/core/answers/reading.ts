/*
 * Mixpanel's exact words on the query API and the raw export; see ingestion.ts for how to read this.
 */

/** QRY-19. [O] mixpanel-mcp#5. */
export const OTHER_CLUSTER = 'request failed with error: invalid project id for cluster.'

/** RTL-02. [D] `reference/rate-limits.mdx`. */
export const QUERY_LIMITS = { atOnce: 5, perHour: 60 }

/** RTL-07, for the query API. [O] airbyte#7126, airbyte#9410; CON-43 has a newer form. */
export function queryRateExceeded(projectId: number | string, atOnce: Used, perHour: Used): string {
  return (
    `Query rate limit exceeded for project_id: ${projectId}. ${atOnce.count}/${atOnce.limit} queries running ` +
    `concurrently and ${perHour.count}/${perHour.limit} queries running in the last hour. For more information, ` +
    'please consult our documentation at https://help.mixpanel.com/hc/en-us/articles/115004602563-Rate-Limits-for-Export-API-Endpoints'
  )
}

/** How much of a limit is used, the refused request included. */
export interface Used {
  readonly count: number
  readonly limit: number
}

/** RTL-07, for the raw export, and for retrievals and deletions. [I]. */
export const READ_RATE_EXCEEDED = 'rate limit exceeded'

/** QRY-23. [O] `test_streams_disabled_402` of Airbyte’s source-mixpanel, and public reports of the same body. */
export const NO_API_CALLS = 'Your plan does not allow API calls. Upgrade at mixpanel.com/pricing'

/** QRY-07. [O] S-13, mixpanel-data-export-js#31. */
export const FUTURE_TO_DATE = 'to_date cannot be later than today'
/** QRY-08. [O] mixpanel-utils#5. */
export const TERMINATED_EARLY = 'terminated early'
/** QRY-12. [I]; that it is refused [D] `reference/engage-query.mdx`. */
export const SESSION_REQUIRED = 'session_id is required when page > 0'
