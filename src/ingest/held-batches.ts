/** A batch that waits to be written. */
export interface HeldBatch {
  readonly bytes: number
  readonly projectIds: readonly number[]
}

/**
 * Batches that wait for the locks of projects, by project. Projects take turns: the one whose turn is over comes last.
 */
export class HeldBatches<H extends HeldBatch> {
  readonly #byProject = new Map<number, { readonly batches: H[]; bytes: number }>()
  #bytes = 0
  #total = 0

  get bytes(): number {
    return this.#bytes
  }

  get count(): number {
    return this.#total
  }

  /** The first of the projects for which batches wait. */
  find(projectIds: readonly number[]): number | undefined {
    return this.#byProject.size === 0 ? undefined : projectIds.find((id) => this.#byProject.has(id))
  }

  /** The bytes that wait for a project. */
  bytesOf(projectId: number): number {
    return this.#byProject.get(projectId)?.bytes ?? 0
  }

  /** Adds a batch to those of a project, as the last one. */
  add(projectId: number, batch: H): void {
    const held = this.#heldFor(projectId)
    held.batches.push(batch)
    this.#count([batch], 1, held)
  }

  /** Puts batches that have waited before those of a project that have not. */
  putBack(projectId: number, batches: readonly H[]): void {
    if (batches.length === 0) return
    const held = this.#heldFor(projectId)
    held.batches.splice(0, 0, ...batches)
    this.#count(batches, 1, held)
  }

  #heldFor(projectId: number) {
    const held = this.#byProject.get(projectId) ?? { batches: [], bytes: 0 }
    this.#byProject.set(projectId, held)
    return held
  }

  /**
   * The project whose turn it is, and the batches to write for it: a run of those that concern no other project, up to
   * `maxBytes`, or one that concerns several. Until `endTurn`, further batches can be added to the project. Undefined if
   * nothing waits.
   */
  takeTurn(maxBytes: number): { readonly projectId: number; readonly group: readonly H[] } | undefined {
    const [first] = this.#byProject
    if (first === undefined) return undefined
    const [projectId, held] = first
    const { batches } = held
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
    this.#count(group, -1, held)
    return { projectId, group }
  }

  /** Ends the turn of a project; it is removed if nothing waits for it. */
  endTurn(projectId: number): void {
    const held = this.#byProject.get(projectId)
    this.#byProject.delete(projectId)
    if (held !== undefined && held.batches.length > 0) this.#byProject.set(projectId, held)
  }

  #count(batches: readonly H[], sign: 1 | -1, held: { bytes: number }): void {
    const bytes = sign * batches.reduce((sum, batch) => sum + batch.bytes, 0)
    held.bytes += bytes
    this.#bytes += bytes
    this.#total += sign * batches.length
  }
}
