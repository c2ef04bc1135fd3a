import type { TestInfo } from '@playwright/test'
import type { Project } from '../fixtures/project.ts'
import type { RelayedRequest } from './relayed-test.ts'

/** Events and verdicts that are attached. */
const MAX_ATTACHED = 200

/** Attaches to the report of a failed test what its app has tracked, and the address of its project. */
export async function attachTracked(
  testInfo: TestInfo,
  project: Project,
  requests: readonly RelayedRequest[],
): Promise<void> {
  const page = `${project.url}/_twin/#/p/${encodeURIComponent(project.token)}/live`
  testInfo.annotations.push({ type: 'twinpanel', description: page })
  const tracked = { page, ...(await readTracked(project)), requests }
  await testInfo.attach('mixpanel.json', {
    body: JSON.stringify(tracked, undefined, 2),
    contentType: 'application/json',
  })
}

async function readTracked(project: Project): Promise<object> {
  try {
    const [{ events }, { verdicts }, { users }] = await Promise.all([
      project.events({ limit: MAX_ATTACHED }),
      project.verdicts.list({ limit: MAX_ATTACHED }),
      project.users.list({ limit: MAX_ATTACHED }),
    ])
    return { events, users, verdicts }
  } catch (error) {
    // The test has failed of something else: that is what its report must show.
    return { error: String(error) }
  }
}
