import type { Project } from '../../core/project.ts'
import { describeWanted, type Excess, quote, seePage } from './answer.ts'
import type { Found } from './find.ts'
import type { WaitQuery } from './query.ts'

/** The answer when more has come than was wanted. */
export function describeExcess(
  query: WaitQuery,
  { matched, besides }: Found,
  project: Project,
  { pageUrl }: { readonly pageUrl: string },
): Excess {
  const more = besides.map(nameOf).join(', ')
  const detail = `Expected ${describeWanted(query)}, got ${query.count === 0 ? more : `also ${more}`}.`
  return { detail, message: `${detail}\n${seePage({ query, project, pageUrl })}`, matched, besides }
}

/** In: an event, a verdict or a profile as the API shows it. */
function nameOf(shown: object): string {
  if ('event' in shown && 'distinct_id' in shown)
    return `${quote(`${shown.event}`)} of ${quote(`${shown.distinct_id}`)}`
  return 'code' in shown ? `${shown.code}` : 'the profile'
}
