import { compareProfile, farnessOf } from '../../core/near-miss.ts'
import type { Project } from '../../core/project.ts'
import type { Db } from '../../store/db.ts'
import { readEventPage } from '../../store/event-page.ts'
import { findFirstProfiles, readProfileRows } from '../../store/read-profiles.ts'
import { findCanonical, readMembers } from '../../store/users.ts'
import { readVerdicts, type VerdictRow } from '../../store/verdicts.ts'
import { COMPARED, MAX_SHOWN, messageOf, names, readLostVerdicts, textOfDifferences } from './absence.ts'
import { type Near, quote, type Reason } from './answer.ts'
import { showProfile } from './find.ts'
import type { WantedProfile } from './query.ts'

/** Why a profile has not come, or not with these properties: from the profile, similar ids, and refused updates. */
export async function explainProfile(wanted: WantedProfile, project: Project, db: Db): Promise<Reason> {
  const { groupKey, id } = wanted
  const owner = groupKey === '' ? await findCanonical(db, project, id) : id
  const nearest = await findNearest(wanted, owner, project, db)
  const verdicts = (await readUpdateVerdicts(wanted, project, db)).slice(0, MAX_SHOWN)
  const [verdict] = verdicts
  const [near] = nearest
  const state = near?.isOwn === true ? near.difference : await textOfMissing(wanted, owner, project, db)
  const alike = near?.isOwn === false ? near.difference : undefined
  const text = [state, verdict ? messageOf(verdict) : alike].filter((part) => part !== undefined).join(' ')
  return { text, nearest, verdicts, isJudged: verdict !== undefined, elsewhere: [] }
}

interface NearProfile extends Near {
  /** It is the profile that was waited for, with other properties. */
  readonly isOwn: boolean
}

/** The profile itself, or those with similar ids among the first of the project. */
async function findNearest(
  wanted: WantedProfile,
  owner: string,
  project: Project,
  db: Db,
): Promise<readonly NearProfile[]> {
  const { groupKey } = wanted
  const filter = { projectId: project.id, groupKey, listsLinked: project.idManagement === 'legacy' }
  const own = await findFirstProfiles(db, { ...filter, distinctIds: [owner] }, 1)
  const others = own.length > 0 ? [] : await findFirstProfiles(db, filter, COMPARED)
  const similar = others.filter((other) => farnessOf(wanted.id, other) < 2)
  const rows = await readProfileRows(db, filter, [...own, ...similar].slice(0, MAX_SHOWN), undefined)
  return rows
    .map((row) => {
      const isOwn = row.id === owner
      const field = groupKey === '' ? 'distinct_id' : 'group_id'
      const { differences, distance } = compareProfile(
        { ...wanted, id: isOwn ? owner : wanted.id },
        row,
        field,
      )
      const shown = { ...showProfile(groupKey, row.id, JSON.parse(row.propertiesJson)), differences }
      const label = `the profile of ${quote(row.id)}`
      return { shown, label, difference: textOfDifferences(differences), isOwn, distance }
    })
    .toSorted((a, b) => a.distance - b.distance)
    .map(({ distance: _, ...near }) => near)
}

async function textOfMissing(
  { groupKey, id }: WantedProfile,
  owner: string,
  project: Project,
  db: Db,
): Promise<string> {
  if (groupKey !== '') return `The group ${quote(id)} of ${groupKey} has no profile.`
  const isKnown =
    (await readMembers(db, project, owner)).length > 0 ||
    (await readEventPage(db, { project, distinctIds: [owner], isDeduplicated: false }, 1)).length > 0
  return isKnown ? `${quote(id)} has no profile.` : `No user has the id ${quote(id)}.`
}

/** The newest verdicts on updates of this profile that were not stored as they were meant. */
async function readUpdateVerdicts(
  { id }: WantedProfile,
  project: Project,
  db: Db,
): Promise<readonly VerdictRow[]> {
  const own = await readVerdicts(db, { project, isNewestFirst: true }, COMPARED)
  return [...own, ...(await readLostVerdicts(project, db))].filter(
    (row) => row.outcome !== 'stored' && /^\/(engage|groups)/.test(row.endpoint) && names(row, id),
  )
}
