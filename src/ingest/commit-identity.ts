import { nowOf } from '../core/clock.ts'
import { decideInOrder, RULEBOOKS } from '../core/identity/decide.ts'
import type { Decision } from '../core/identity/model.ts'
import { shownAsOf } from '../core/identity/propagation.ts'
import { IdentityState, type LoadedId } from '../core/identity/state.ts'
import type { Project } from '../core/project.ts'
import type { Verdict } from '../core/verdict/verdict.ts'
import type { Db } from '../store/db.ts'
import { writeFirstSeenIds } from '../store/first-seen-ids.ts'
import { loadIdentity, writeIdentity } from '../store/identity.ts'
import { type Attempt, type IdentityTx, tryIdentityTransaction } from '../store/locks.ts'
import { writeRows } from '../store/write-batch.ts'
import { applyDecisions, claimsByProject, type Decisions, type PlacedClaim } from './apply-decisions.ts'
import { type Decided, learnDecided, learnOwners, toClaimed } from './decide-unlocked.ts'
import { decideHotShards } from './hot-shards.ts'
import type { IdentityMemory } from './identity-memory.ts'
import { type JudgedRequest, projectsOfAll } from './judged-request.ts'
import type { VerdictBounds } from './verdict-bounds.ts'

interface GroupedClaim extends PlacedClaim {
  readonly request: JudgedRequest
}

/** The writes of a transaction, and the facts to remember once it is committed. */
interface Outcome {
  readonly verdicts: readonly Verdict[]
  readonly decisions: readonly Decisions[]
  readonly decided: readonly Decided[]
  readonly owners: readonly { readonly project: Project; readonly ids: readonly LoadedId[] }[]
}

/**
 * Makes the identity decisions on requests that change identities, in the order given, and writes the requests: lock,
 * read, decide, write, in one transaction. Each project's identities are written as one difference. In: how long to wait
 * for each lock, in ms; 0 to give up at once. Out: the decisions on each request.
 */
export async function commitIdentity(
  db: Db,
  memory: IdentityMemory,
  bounds: VerdictBounds,
  requests: readonly JudgedRequest[],
  waitMs: number,
): Promise<Attempt<readonly Decisions[]>> {
  const projects = projectsOfAll(requests)
  const { generation } = memory
  const attempt = await tryIdentityTransaction(db, { projects, waitMs, generation }, (tx) =>
    decideAndWrite(tx, bounds, requests, projects),
  )
  if (attempt.kind !== 'done') return attempt
  const { verdicts, decided, owners, decisions } = attempt.result
  await bounds.count(verdicts)
  learnDecided(
    memory,
    decided.map((own) => ({ ...own, generation })),
  )
  for (const { project, ids } of owners) learnOwners(memory, project, ids, generation)
  return { kind: 'done', result: decisions }
}

async function decideAndWrite(
  tx: IdentityTx,
  bounds: VerdictBounds,
  requests: readonly JudgedRequest[],
  projects: readonly Project[],
): Promise<Outcome> {
  const decisions = new Map<JudgedRequest, Map<number, Decision>>(
    requests.map((request) => [request, new Map()]),
  )
  const decided: Decided[] = []
  const owners: { project: Project; ids: readonly LoadedId[] }[] = []
  // In ascending order, like the locks.
  for (const project of projects.toSorted((a, b) => a.id - b.id)) {
    const claims = requests.flatMap((request) => claimsOf(request, project))
    if (claims.length === 0) continue
    const { made, ids } = await decideProject(tx, project, claims)
    owners.push({ project, ids })
    for (const [at, { request, index, claim }] of claims.entries()) {
      const decision = made[at]
      if (decision === undefined) continue
      decisions.get(request)?.set(index, decision)
      decided.push({ project, claim, decision })
    }
  }
  await decideHotShards(tx, requests, projects, decisions)
  const all = requests.map((request) => decisions.get(request) ?? new Map())
  const applied = requests.map((request, at) => applyDecisions(request, all[at] ?? new Map()))
  const events = applied.flatMap((request) => request.events)
  const verdicts = bounds.admit(applied.flatMap((request) => request.verdicts))
  await writeRows(tx, { events, verdicts })
  return { decisions: all, decided, owners, verdicts }
}

function claimsOf(request: JudgedRequest, project: Project): readonly GroupedClaim[] {
  // Requests may have been judged with different copies of one project, so ids are compared.
  const ofProject = [...claimsByProject(request)].filter(([{ id }]) => id === project.id)
  return ofProject.flatMap(([, claims]) => claims.map((placed) => ({ ...placed, request })))
}

async function decideProject(tx: IdentityTx, project: Project, claims: readonly GroupedClaim[]) {
  const { id: projectId, idManagement: mode, settings: rules } = project
  const rulebook = RULEBOOKS[mode]
  const nowMs = nowOf(project, Math.max(...claims.map(({ request }) => request.receivedAtMs)))
  const received = new Set(claims.flatMap(({ claim }) => rulebook.firstSeenIds(claim)))
  await writeFirstSeenIds(
    tx,
    [...received].map((distinctId) => ({ projectId, distinctId })),
  )
  const concerned = new Set(claims.flatMap(({ claim }) => rulebook.concerns(claim)))
  const state = new IdentityState(await loadIdentity(tx, { projectId, mode, rules, nowMs }, [...concerned]))
  const made = decideInOrder(mode, claims.map(toClaimed), state, rules)
  const difference = state.difference()
  if (!state.isUnchanged)
    await writeIdentity(tx, { projectId, nowMs, asOfMs: shownAsOf(project, nowMs) }, difference)
  return { made, ids: difference.ids }
}
