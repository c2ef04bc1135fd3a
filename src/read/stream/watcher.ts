import { setTimeout as sleep } from 'node:timers/promises'
import { nowOf } from '../../core/clock.ts'
import { Deferred } from '../../core/deferred.ts'
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
import { type ProfileName, ProfileWatch } from './profile-watch.ts'
import { isSameProjects, isSameVersion } from './same-projects.ts'
import type { Wakeup } from './wakeup.ts'

export interface WatcherDeps {
  /** For polls: short statements, one after another. */
  readonly db: Db
  /** For the verdicts that are added from time to time. */
  readonly resolvingDb: Db
  /** For the messages of projects. */
  readonly reads: Readers
  /** The server's clock, in ms since the epoch. */
  readonly clock: () => number
  /** Aborted when the server is about to close. */
  readonly closing: AbortSignal
  /** Called when a poll has failed, once until one succeeds; polling continues. */
  readonly onFailure: (error: unknown) => void
}

/** The state at the last poll. */
export interface View {
  /** The last numbers given. */
  readonly last: Numbers
  /** The numbers up to which everything is final (see Horizon). */
  readonly stable: Numbers
  /** The stable numbers before, and the kinds that have later ones, by the project's key in the tables of records. */
  readonly before: Numbers
  readonly news: ReadonlyMap<number, ReadonlySet<ArrivalKind>>
  /** The watched projects, by public id; deleted ones are left out. */
  readonly projects: ReadonlyMap<number, Project>
}

/** The delay after which a commit by any server is seen; ingestion needs to do nothing for it. */
const LOOK_EVERY_MS = 20
/** The delay of the next poll if there is known to be something new. */
const LOOK_SOON_MS = 10
/** The delay after an error of the database. */
const LOOK_AGAIN_MS = 500
/** How often verdicts that are determined on reading are determined for watchers. */
const RESOLVE_EVERY_MS = 500
/** Keeps both ends, and proxies between them, from closing an idle stream. */
const BEAT_EVERY_MS = 15_000
const NO_NEWS: View['news'] = new Map()

/** What a caller watches in a project in addition to commits. */
interface Interest {
  /** Whether it also gets the verdicts that are determined on reading. */
  readonly resolves: boolean
  /** Notified by each poll that finds something in the project, stable or not, and when the project was replaced. */
  readonly wakeup?: Wakeup
  /** A profile; its changes notify the wakeup too. */
  readonly profile?: ProfileName | undefined
}

/** The watchers of a project. */
interface Watched {
  count: number
  resolving: number
  readonly wakeups: Set<Wakeup>
}

/** Polls for commits to the watched projects, on behalf of all watchers, and wakes them. Idle while there are none. */
export class Watcher {
  readonly #deps: WatcherDeps
  readonly #horizon = new Horizon()
  readonly #names = new NameWatch()
  readonly #profiles = new ProfileWatch()
  /** By public id. */
  readonly #watched = new Map<number, Watched>()
  readonly #sleepers = new Set<() => void>()
  readonly #pages = new Map<string, Promise<StreamPage>>()
  #newcomers: Deferred<View | undefined>[] = []
  #view: View | undefined
  #beats = 0
  /** Something may have been committed since the last poll began. */
  #isHurried = false
  #endRest: (() => void) | undefined
  /** The last poll failed, and that was reported. */
  #isFailing = false
  #looking: Promise<void> | undefined
  #resolving: Promise<void> | undefined

  constructor(deps: WatcherDeps) {
    this.#deps = deps
  }

  /** Incremented every 15 seconds. */
  get beats(): number {
    return this.#beats
  }

  /**
   * Begins to watch a project. In: its public id. Out: the state, from a poll that began after the call; undefined if
   * the server is closing. Call `leave` once for each call, whatever its result. Errors: those of the database.
   */
  async enter(
    publicId: number,
    { resolves, wakeup, profile }: Interest = { resolves: true },
  ): Promise<View | undefined> {
    const watched = this.#watched.get(publicId) ?? { count: 0, resolving: 0, wakeups: new Set() }
    this.#watched.set(publicId, watched)
    watched.count++
    if (resolves) watched.resolving++
    if (wakeup !== undefined) watched.wakeups.add(wakeup)
    if (wakeup !== undefined && profile !== undefined) this.#profiles.add(wakeup, publicId, profile)
    const newcomer = new Deferred<View | undefined>()
    this.#newcomers.push(newcomer)
    this.#looking ??= this.#keepLooking()
    if (resolves) this.#resolving ??= this.#keepResolving()
    this.hurry()
    return await newcomer.promise
  }

  /** Undoes one enter, with the same interest. */
  leave(publicId: number, { resolves, wakeup }: Interest = { resolves: true }): void {
    const watched = this.#watched.get(publicId)
    if (watched === undefined) return
    watched.count--
    if (resolves) watched.resolving--
    if (wakeup !== undefined) {
      watched.wakeups.delete(wakeup)
      this.#profiles.remove(wakeup)
    }
    if (watched.count === 0) this.#watched.delete(publicId)
  }

  /** Waits for a project as NameWatch does; the same loop polls for both. */
  async appearance(name: ProjectName, signal: AbortSignal): Promise<Project | undefined> {
    if (this.#deps.closing.aborted) return undefined
    const project = this.#names.wait(name, signal)
    this.#looking ??= this.#keepLooking()
    return await project
  }

  /** Reports a commit of this server, so that the next poll comes soon. */
  hurry(): void {
    this.#isHurried = true
    this.#endRest?.()
  }

  /** The state at the last poll. In: the one that enter returned. */
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

  /** A page; requests for the same one share it until the next change. */
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
      // A request after an error must read again.
      this.#pages.delete(key)
      throw error
    }
  }

  /** Resolves when polling has stopped; `closing` must be aborted. */
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
    const stable = this.#horizon.observe(numbering)
    const before = this.#view?.stable ?? stable
    // After the numbers, so that records of a project found here are not missed.
    const found = await findProjectsByIds(db, [...this.#watched.keys()])
    const projects = new Map(found.map((project) => [project.publicId, project]))
    const ids = found.map((project) => project.id)
    const { last } = numbering
    // Commits that are not stable yet are not sent to streams, which keep the order; wakeups get them.
    const news = isSame(before, last) ? NO_NEWS : await findNews(db, ids, before, last)
    const view: View = { last, stable, before, news, projects }
    const seen = this.#view
    this.#view = view
    this.#ringFor(view, seen)
    await this.#profiles.look(db, projects)
    if (!isSame(before, stable) || !isSameProjects(seen?.projects, projects)) this.#wake()
    return view
  }

  #ringFor({ projects, news }: View, seen: View | undefined): void {
    for (const [publicId, { wakeups }] of this.#watched) {
      if (wakeups.size === 0) continue
      const project = projects.get(publicId)
      const isKnown = project !== undefined && isSameVersion(seen?.projects.get(publicId), project)
      const kinds = isKnown ? news.get(project.id) : ARRIVALS
      if (kinds !== undefined) for (const wakeup of wakeups) wakeup.notify(kinds)
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

  /** Adds the verdicts that are due, and those on duplicates, as reading them would. */
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
