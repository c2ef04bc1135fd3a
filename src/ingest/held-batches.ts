/** A batch that waits to be written. */
export interface HeldBatch {
  readonly bytes: number
  readonly projectIds: readonly number[]
}

/**
 * Batches that wait for the locks of projects, by project. Projects take turns: the one whose turn is over comes last.
 */
export class HeldBatches<H extends HeldBatch> {
  readonly #byProject = new Map<number, H[]>()
  #bytes = 0
  #count = 0

  get bytes(): number {
    return this.#bytes
  }

  get count(): number {
    return this.#count
  }

  /** The first of the projects for which batches wait. */
  find(projectIds: readonly number[]): number | undefined {
    return this.#byProject.size === 0 ? undefined : projectIds.find((id) => this.#byProject.has(id))
  }

  /** The bytes that wait for a project. */
  bytesOf(projectId: number): number {
    return (this.#byProject.get(projectId) ?? []).reduce((sum, { bytes }) => sum + bytes, 0)
  }

  /** Adds batches to those of a project, as the last ones, or as the first ones if they have waited before. */
  add(projectId: number, batches: readonly H[], place: 'first' | 'last'): void {
    if (batches.length === 0) return
    const others = this.#byProject.get(projectId) ?? []
    this.#byProject.set(projectId, place === 'first' ? [...batches, ...others] : [...others, ...batches])
    this.#change(batches, 1)
  }

  /**
   * The project whose turn it is, and the batches to write for it: a run of those that concern no other project, up to
   * `maxBytes`, or one that concerns several. Until `endTurn`, further batches can be added to the project. Undefined if
   * nothing waits.
   */
  takeTurn(maxBytes: number): { readonly projectId: number; readonly group: readonly H[] } | undefined {
    const [first] = this.#byProject
    if (first === undefined) return undefined
    const [projectId, batches] = first
    let count = 0
    let bytes = 0
    for (const batch of batches) {
      const isAlone = batch.projectIds.length > 1
      if (count > 0 && (isAlone || bytes + batch.bytes > maxBytes)) break
      bytes += batch.bytes
      count++
      if (isAlone) break
    }
    const group = batches.splice(0, count)
    this.#change(group, -1)
    return { projectId, group }
  }

  /** Ends the turn of a project; it is removed if nothing waits for it. */
  endTurn(projectId: number): void {
    const left = this.#byProject.get(projectId) ?? []
    this.#byProject.delete(projectId)
    if (left.length > 0) this.#byProject.set(projectId, left)
  }

  #change(batches: readonly H[], sign: 1 | -1): void {
    for (const { bytes } of batches) this.#bytes += sign * bytes
    this.#count += sign * batches.length
  }
}
