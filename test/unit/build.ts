import { TABLE_LOCATOR } from '../../src/core/geo/table.ts'
import type { JudgeContext } from '../../src/core/judge/outcome.ts'
import type { Project } from '../../src/core/project.ts'
import { DEFAULT_SETTINGS, type ProjectSettings } from '../../src/core/settings.ts'
import type { Finding } from '../../src/core/verdict/finding.ts'

/** The frozen clock of these tests: 2026-08-20T12:00:00.123Z. */
export const NOW_MS = 1_787_227_200_123
export const NOW_S = Math.floor(NOW_MS / 1_000)

/** What `newInsertId` gives in these tests. */
export const NEW_ID = 'made-by-the-server'

/** A project with the default settings but for those named. */
export function aProject(change: Partial<Project> = {}, settings: Partial<ProjectSettings> = {}): Project {
  return {
    id: 101,
    publicId: 101,
    version: 1,
    token: 'TOK',
    name: 'A project',
    idManagement: 'simplified',
    timezone: 'UTC',
    createdAtMs: 0,
    clockOffsetMs: 0,
    ...change,
    settings: { ...DEFAULT_SETTINGS, ...settings },
  }
}

/** What a record is judged by, at NOW_MS and with nothing standing in for a missing id. */
export function aContext(project: Project = aProject(), change: Partial<JudgeContext> = {}): JudgeContext {
  return {
    project,
    nowMs: NOW_MS,
    host: 'localhost:4100',
    geo: { locator: TABLE_LOCATOR, requestIp: '127.0.0.1', usesRequestIp: false },
    fallbackDistinctId: () => '',
    newInsertId: () => NEW_ID,
    ...change,
  }
}

/** The codes of notes, in order. */
export function codesOf(findings: readonly Finding[]): readonly string[] {
  return findings.map((own) => own.code)
}
