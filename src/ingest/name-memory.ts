import { ALONE, type Broadcast, type Publish } from '../core/broadcast.ts'
import { looksLikeDevice } from '../core/identity/guid.ts'
import { DEVICE_PREFIX } from '../core/identity/model.ts'
import type { Json, JsonObject } from '../core/json.ts'
import { MAX_ELEMENTS, MAX_STRING_LENGTH } from '../core/limits.ts'
import { type Finding, finding } from '../core/verdict/finding.ts'

/** So many event names suggest that they contain a variable (`event.name_explosion`, PRP-17). */
const MANY_EVENT_NAMES = 4_000
/** Limits per project. At its limit, no further name is learned; addresses are all forgotten. */
const MAX_EVENT_NAMES = 6_000
const MAX_PROPERTY_NAMES = 10_000
const MAX_IDS = 20_000
const MAX_ADDRESSES = 10_000
/** So many users at one address suggest that it is a server's. */
const MANY_USERS = 10
/** Names of all projects together, of 255 characters at most: some 50 MB. Beyond it everything is forgotten. */
const MAX_NAMES = 100_000

const NUMERIC_TEXT = /^-?\d{1,15}(\.\d{1,15})?$/

interface ProjectNames {
  readonly events: Spellings
  readonly properties: Spellings
  readonly ids: Spellings
  /** Device ids that an SDK has made up, of events that name a device. */
  readonly devices: Set<string>
  /** The type of each property's values so far. */
  readonly types: Map<string, 'number' | 'text'>
  /** The users located by each address, up to MANY_USERS. */
  readonly located: Map<string, Set<string>>
}

/** What another process of the server has learned: the arguments of a method, of which it keeps no finding. */
type Learned =
  | { readonly kind: 'event'; readonly args: Parameters<NameMemory['observe']> }
  | { readonly kind: 'device'; readonly args: Parameters<NameMemory['observeDevice']> }
  | { readonly kind: 'address'; readonly args: Parameters<NameMemory['locate']> }
  | { readonly kind: 'forget'; readonly args: Parameters<NameMemory['forget']> }

/**
 * Remembers the names that each project has sent, in the memory of the server's processes, which tell each other, to report mistakes that no single record shows:
 * names that differ only in case, numbers sent as text, names that contain a variable, and users who all appear to be
 * where their server is. Each is reported once. Only verdicts depend on it.
 */
export class NameMemory {
  readonly #projects = new Map<number, ProjectNames>()
  #learned = 0
  readonly #publish: Publish<Learned>
  #isTold = false

  constructor(broadcast: Broadcast = ALONE) {
    this.#publish = broadcast.join('names', (learned) => {
      this.#isTold = true
      this.#learn(learned)
      this.#isTold = false
    })
  }

  /** Learns an event's names and the id it is stored under. Out: findings from comparing them with earlier ones. */
  observe(projectId: number, event: string, properties: JsonObject, distinctId: string): readonly Finding[] {
    if (this.#learned >= MAX_NAMES) this.#forgetAll()
    const names = this.#namesOf(projectId)
    const before = sizeOf(names)
    const propertiesBefore = names.properties.size + names.types.size
    const findings: Finding[] = []
    if (names.events.learn(event, 'value.name_case', findings) && names.events.size >= MANY_EVENT_NAMES) {
      findings.push(finding('event.name_explosion', { count: names.events.size }))
    }
    let count = 0
    for (const name in properties) {
      // Properties beyond this are not stored (PRP-12).
      if (++count > MAX_ELEMENTS) break
      const value = properties[name] ?? null
      // Learned before, with values of the same type: nothing is new.
      if (isOfType(names.types.get(name), value)) continue
      names.properties.learn(name, 'value.name_case', findings)
      learnType(names.types, name, value, findings)
    }
    // Device ids are generated, so their case means nothing.
    if (distinctId !== '' && !distinctId.startsWith(DEVICE_PREFIX)) {
      names.ids.learn(distinctId, 'identity.case_mismatch', findings)
    }
    const learned = sizeOf(names) - before
    this.#learned += learned
    const hasNewProperties = names.properties.size + names.types.size > propertiesBefore
    if (learned > 0 || hasNewProperties || findings.length > 0) {
      const told = hasNewProperties || findings.length > 0 ? samplesOf(properties) : {}
      this.#tell({ kind: 'event', args: [projectId, event, told, distinctId] })
    }
    return findings
  }

  /**
   * Learns the device of an event in a simplified project. Out: a finding if the event names as its user what was a
   * device before (IDS-12).
   */
  observeDevice(projectId: number, properties: JsonObject, distinctId: string): readonly Finding[] {
    const { devices } = this.#namesOf(projectId)
    const device = properties['$device_id'] ?? undefined
    if (device === undefined) {
      const isDevice = (properties['$user_id'] ?? null) === null && devices.delete(distinctId)
      if (isDevice) this.#tell({ kind: 'device', args: [projectId, {}, distinctId] })
      return isDevice ? [finding('identity.unprefixed_anonymous', { id: distinctId })] : []
    }
    const isUser = device === distinctId || device === properties['distinct_id']
    if (typeof device !== 'string' || isUser || devices.size >= MAX_IDS || devices.has(device)) return []
    if (!looksLikeDevice(device)) return []
    devices.add(device)
    this.#learned++
    this.#tell({ kind: 'device', args: [projectId, { $device_id: device }, distinctId] })
    return []
  }

  /** Records a user located by an address. Out: the number of users there when it reaches MANY_USERS, once (GEO-06). */
  locate(projectId: number, ip: string, distinctId: string): number | undefined {
    if (this.#learned >= MAX_NAMES) this.#forgetAll()
    const { located } = this.#namesOf(projectId)
    const users = located.get(ip) ?? new Set()
    if (users.size >= MANY_USERS || users.has(distinctId)) return undefined
    if (users.size === 0 && located.size >= MAX_ADDRESSES) located.clear()
    located.set(ip, users.add(distinctId))
    this.#learned++
    this.#tell({ kind: 'address', args: [projectId, ip, distinctId] })
    return users.size === MANY_USERS ? MANY_USERS : undefined
  }

  forget(projectId: number): void {
    this.#projects.delete(projectId)
    this.#tell({ kind: 'forget', args: [projectId] })
  }

  #tell(learned: Learned): void {
    if (!this.#isTold) void this.#publish(learned)
  }

  #learn({ kind, args }: Learned): void {
    if (kind === 'event') this.observe(...args)
    else if (kind === 'device') this.observeDevice(...args)
    else if (kind === 'address') this.locate(...args)
    else this.forget(...args)
  }

  #forgetAll(): void {
    this.#projects.clear()
    this.#learned = 0
  }

  #namesOf(projectId: number): ProjectNames {
    const known = this.#projects.get(projectId)
    if (known !== undefined) return known
    const names = {
      events: new Spellings(MAX_EVENT_NAMES),
      properties: new Spellings(MAX_PROPERTY_NAMES),
      ids: new Spellings(MAX_IDS),
      devices: new Set<string>(),
      types: new Map(),
      located: new Map(),
    }
    this.#projects.set(projectId, names)
    // An empty project counts as one name.
    this.#learned++
    return names
  }
}

/** Values from which the same is learned. */
function samplesOf(properties: JsonObject): JsonObject {
  const samples: Record<string, Json> = {}
  let count = 0
  for (const name in properties) {
    if (++count > MAX_ELEMENTS) break
    const value = properties[name]
    const isNumericText = typeof value === 'string' && NUMERIC_TEXT.test(value)
    samples[name] =
      typeof value === 'number' ? 0 : typeof value !== 'string' ? null : isNumericText ? '0' : ''
  }
  return samples
}

function sizeOf({ events, properties, ids }: ProjectNames): number {
  return events.size + properties.size + ids.size
}

/** The distinct spellings of names, up to a limit. */
class Spellings {
  readonly #limit: number
  readonly #exact = new Set<string>()
  readonly #firstByLowerCase = new Map<string, string>()

  constructor(limit: number) {
    this.#limit = limit
  }

  get size(): number {
    return this.#exact.size
  }

  /** True for a new spelling; adds a finding if an earlier one differs only in case. */
  learn(name: string, code: 'value.name_case' | 'identity.case_mismatch', findings: Finding[]): boolean {
    if (this.#exact.has(name) || this.#exact.size >= this.#limit || name.length > MAX_STRING_LENGTH)
      return false
    this.#exact.add(name)
    const lower = name.toLowerCase()
    const first = this.#firstByLowerCase.get(lower)
    if (first === undefined) this.#firstByLowerCase.set(lower, name)
    else findings.push(finding(code, { a: first, b: name }))
    return true
  }
}

function isOfType(type: 'number' | 'text' | undefined, value: Json): boolean {
  return type === 'text' ? typeof value === 'string' : type === 'number' && typeof value === 'number'
}

/** Reports a number sent as text once: from then on, the property counts as text. */
function learnType(
  types: Map<string, 'number' | 'text'>,
  name: string,
  value: Json,
  findings: Finding[],
): void {
  const type = typeof value === 'number' ? 'number' : typeof value === 'string' ? 'text' : undefined
  if (type === undefined) return
  const known = types.get(name)
  if (known === undefined) {
    if (types.size < MAX_PROPERTY_NAMES && name.length <= MAX_STRING_LENGTH) types.set(name, type)
    return
  }
  const isNumericText = typeof value === 'string' && NUMERIC_TEXT.test(value)
  if (known === 'number' && isNumericText) {
    types.set(name, 'text')
    findings.push(finding('value.numeric_string', { property: name }))
  }
}
