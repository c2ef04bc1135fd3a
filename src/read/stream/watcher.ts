import { setTimeout as sleep } from 'node:timers/promises'
import { nowOf } from '../../core/clock.ts'
import type { Project } from '../../core/project.ts'
import { ARRIVALS, type ArrivalKind, findNews, type Numbers, readNumbering } from '../../store/arrivals.ts'
import type { Db } from '../../store/db.ts'
import type { ProjectName } from '../../store/named-projects.ts'
import { findProjectsByIds } from '../../store/projects.ts'
import type { Readers } from '../readers.ts'
import { resolveDue } from '../verdicts.ts'
import { isSame } from './cursor.ts'
import { Horizon } from './horizon.ts'
import { NameWatch } from './name-watch.ts'
import { type PageQuestion, readStreamPage, type StreamPage } from './page.ts'
import type { Wakeup } from './wakeup.ts'

/** What the watcher works with. */
export interface WatcherDeps {
  /** For looks: short statements, one after another. */
  readonly db: Db
  /** For the verdicts that are added now and then. */
  readonly resolvingDb: Db
  /** For what projects are shown. */
  readonly reads: Readers
  /** Now by the server's clock, in ms since the epoch. */
  readonly clock: () => number
  /** Aborted when the server is about to close. */
  readonly closing: AbortSignal
  /** Told why a look has failed, once until one does not; another one follows. */
  readonly onFailure: (error: unknown) => void
}

/** What there was at the last look. */
export interface View {
  /** How far numbers have been given. */
  readonly last: Numbers
  /** How far they are settled. */
  readonly settled: Numbers
  /** How far they were before, and of what there is something with a later one, by the project's id of records. */
  readonly before: Numbers
  readonly news: ReadonlyMap<number, ReadonlySet<ArrivalKind>>
  /** The projects that are watched, by public id; those that are gone are left out. */
  readonly projects: ReadonlyMap<number, Project>
}

/** What is committed, by whatever server, is seen within this; nothing is asked of ingestion. */
const LOOK_EVERY_MS = 20
/** The next look comes as soon as this where it is known that there is something to see. */
const LOOK_SOON_MS = 10
/** When the database did not answer. */
const LOOK_AGAIN_MS = 500
/** Verdicts that are told only when somebody asks are asked for as often. */
const RESOLVE_EVERY_MS = 500
/** So that neither end, nor a proxy between them, takes a quiet stream for a dead one. */
const BEAT_EVERY_MS = 15_000
const NO_NEWS: View['news'] = new Map()

/** What somebody watches of a project beside what is committed to it. */
interface Interest {
  /** Verdicts that are told only when somebody asks: it asks for them now and then. */
  readonly resolves: boolean
  /** Rings at each look that finds something of the project, settled or not, and when the project is another. */
  readonly wakeup?: Wakeup
}

/** Who watches a project. */
interface Watched {
  count: number
  resolving: number
  readonly wakeups: Set<Wakeup>
}

/**
 * Looks for what is committed to the projects that are watched, for all who watch them, and wakes them. Rests while
 * there is nobody.
 */
export class Watcher {
  readonly #deps: WatcherDeps
  readonly #horizon = new Horizon()
  readonly #names = new NameWatch()
  /** By public id. */
  readonly #watched = new Map<number, Watched>()
  readonly #sleepers = new Set<() => void>()
  readonly #pages = new Map<string, Promise<StreamPage>>()
  #newcomers: PromiseWithResolvers<View | undefined>[] = []
  #view: View | undefined
  #beats = 0
  /** Something may have been committed since the last look began. */
  #isHurried = false
  #endRest: (() => void) | undefined
  /** The last look has failed, and it was told. */
  #isFailing = false
  #looking: Promise<void> | undefined
  #resolving: Promise<void> | undefined

  constructor(deps: WatcherDeps) {
    this.#deps = deps
  }

  /** Goes up every 15 seconds. */
  get beats(): number {
    return this.#beats
  }

  /**
   * Begins to watch a project. In: its public id. Out: what there is, by a look that began after the call. Call `leave`
   * once for each call, whatever became of it. Undefined when the server is closing. Errors: those of the database.
   */
  async enter(
    publicId: number,
    { resolves, wakeup }: Interest = { resolves: true },
  ): Promise<View | undefined> {
    const own = this.#watched.get(publicId) ?? { count: 0, resolving: 0, wakeups: new Set() }
    this.#watched.set(publicId, own)
    own.count++
    if (resolves) own.resolving++
    if (wakeup !== undefined) own.wakeups.add(wakeup)
    const newcomer = Promise.withResolvers<View | undefined>()
    this.#newcomers.push(newcomer)
    this.#looking ??= this.#keepLooking()
    if (resolves) this.#resolving ??= this.#keepResolving()
    this.hurry()
    return await newcomer.promise
  }

  /** Undoes one enter, with the same interest. */
  leave(publicId: number, { resolves, wakeup }: Interest = { resolves: true }): void {
    const own = this.#watched.get(publicId)
    if (own === undefined) return
    own.count--
    if (resolves) own.resolving--
    if (wakeup !== undefined) own.wakeups.delete(wakeup)
    if (own.count === 0) this.#watched.delete(publicId)
  }

  /** Waits for a project as NameWatch does, looking for what is watched and for what is waited for in turn. */
  async appearance(name: ProjectName, signal: AbortSignal): Promise<Project | undefined> {
    if (this.#deps.closing.aborted) return undefined
    const project = this.#names.wait(name, signal)
    this.#looking ??= this.#keepLooking()
    return await project
  }

  /** Says that something has been committed here, so that the next look need not be waited for. */
  hurry(): void {
    this.#isHurried = true
    this.#endRest?.()
  }

  /** What there was at the last look; in: what enter gave. */
  view(first: View): View {
    return this.#view ?? first
  }

  /** Resolves when something has changed, at the next beat, or when the signal is aborted. */
  async change(signal: AbortSignal): Promise<void> {
    if (signal.aborted) return
    await new Promise<void>((resolve) => {
      const wake = () => {
        this.#sleepers.delete(wake)
        signal.removeEventListener('abort', wake)
        resolve()
      }
      this.#sleepers.add(wake)
      signal.addEventListener('abort', wake, { once: true })
    })
  }

  /** A page; whoever asks for the same one until the next change gets the same. */
  async page(question: PageQuestion): Promise<StreamPage> {
    const { project, from, upTo, kinds } = question
    const key = [project.id, project.version, ...Object.values(from), ...Object.values(upTo), ...kinds].join()
    const known = this.#pages.get(key)
    if (known !== undefined) return await known
    const page = readStreamPage(this.#deps.reads(project), question)
    this.#pages.set(key, page)
    try {
      return await page
    } catch (error) {
      // Whoever asks again wants another answer.
      this.#pages.delete(key)
      throw error
    }
  }

  /** Resolves when nothing is being looked for any more; `closing` must be aborted. */
  async stop(): Promise<void> {
    await Promise.all([this.#looking, this.#resolving])
  }

  async #keepLooking(): Promise<void> {
    const { db, closing } = this.#deps
    const beat = setInterval(() => {
      this.#beats++
      this.#wake()
    }, BEAT_EVERY_MS)
    while (this.#watched.size + this.#names.size > 0 && !closing.aborted) {
      const newcomers = this.#newcomers.splice(0)
      this.#isHurried = false
      try {
        const view = this.#watched.size > 0 ? await this.#look() : undefined
        for (const newcomer of newcomers) newcomer.resolve(view)
        await this.#names.look(db)
        this.#isFailing = false
        await this.#untilNextLook()
      } catch (error) {
        for (const newcomer of newcomers) newcomer.reject(error)
        this.#report(error)
        await sleep(LOOK_AGAIN_MS, undefined, { signal: closing }).catch(() => undefined)
      }
    }
    clearInterval(beat)
    for (const newcomer of this.#newcomers.splice(0)) newcomer.resolve(undefined)
    this.#names.end()
    this.#looking = undefined
    this.#view = undefined
    this.#pages.clear()
  }

  async #untilNextLook(): Promise<void> {
    await sleep(LOOK_SOON_MS)
    if (this.#isHurried) return
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, LOOK_EVERY_MS - LOOK_SOON_MS)
      this.#endRest = () => {
        clearTimeout(timer)
        resolve()
      }
    })
    this.#endRest = undefined
  }

  async #look(): Promise<View> {
    const { db } = this.#deps
    const numbering = await readNumbering(db)
    const settled = this.#horizon.observe(numbering)
    const before = this.#view?.settled ?? settled
    // After the numbers: what is in one of these projects by now is not forgotten.
    const found = await findProjectsByIds(db, [...this.#watched.keys()])
    const projects = new Map(found.map((project) => [project.publicId, project]))
    const ids = found.map((project) => project.id)
    const { last } = numbering
    // What is committed but not settled yet is no news for a stream, which keeps to the order; a bell rings for it.
    const news = isSame(before, last) ? NO_NEWS : await findNews(db, ids, before, last)
    const view: View = { last, settled, before, news, projects }
    const seen = this.#view
    this.#view = view
    this.#ringFor(view, seen)
    if (!isSame(before, settled) || !isSameProjects(seen?.projects, projects)) this.#wake()
    return view
  }

  #ringFor({ projects, news }: View, seen: View | undefined): void {
    for (const [publicId, { wakeups }] of this.#watched) {
      if (wakeups.size === 0) continue
      const project = projects.get(publicId)
      const isKnown = project !== undefined && isSameVersion(seen?.projects.get(publicId), project)
      const kinds = isKnown ? news.get(project.id) : ARRIVALS
      if (kinds !== undefined) for (const wakeup of wakeups) wakeup.ring(kinds)
    }
  }

  #report(error: unknown): void {
    if (!this.#isFailing) this.#deps.onFailure(error)
    this.#isFailing = true
  }

  #wake(): void {
    this.#pages.clear()
    for (const wake of [...this.#sleepers]) wake()
  }

  /** Adds verdicts that time has made due, and those on duplicates, as reading them would. */
  async #keepResolving(): Promise<void> {
    const { resolvingDb, clock, closing } = this.#deps
    while (this.#watched.size > 0 && !closing.aborted) {
      for (const project of this.#view?.projects.values() ?? []) {
        const isWanted = (this.#watched.get(project.publicId)?.resolving ?? 0) > 0
        if (isWanted && !closing.aborted)
          await resolveDue(project, nowOf(project, clock()), resolvingDb).catch((error) =>
            this.#report(error),
          )
      }
      await sleep(RESOLVE_EVERY_MS, undefined, { signal: closing }).catch(() => undefined)
    }
    this.#resolving = undefined
  }
}

function isSameProjects(
  a: ReadonlyMap<number, Project> | undefined,
  b: ReadonlyMap<number, Project>,
): boolean {
  return a?.size === b.size && [...b.values()].every((own) => isSameVersion(a.get(own.publicId), own))
}

function isSameVersion(a: Project | undefined, b: Project): boolean {
  return a?.id === b.id && a.version === b.version
}
