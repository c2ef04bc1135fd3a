// The types of the API, by the page's names for them. The shapes are in src/api.

import type { Client } from '../../api/clients.shape.ts'
import type { StoredEvent } from '../../api/events.shape.ts'
import type { Project } from '../../api/projects.shape.ts'
import type { AnswerOf } from '../../api/routing/shape.ts'
import type { Rule } from '../../api/rules.shape.ts'
import type { LIST_USERS, User, UserId } from '../../api/users.shape.ts'
import type { COUNT_VERDICTS, RenderedVerdict, Verdict } from '../../api/verdicts.shape.ts'

export type { Credentials } from '../../api/projects.shape.ts'
export type { ListedUser, Merge } from '../../api/users.shape.ts'
export type { Client, Project, RenderedVerdict, Rule, StoredEvent, User, UserId, Verdict }

export type Json = Verdict['record']
export type JsonObject = StoredEvent['properties']

export type Mode = Project['id_management']
export type Role = UserId['role']
export type Outcome = RenderedVerdict['outcome']
/** E: data lost or counted for the wrong person. W: probably not what was meant. I: information. */
export type Severity = RenderedVerdict['severity']
export type Hint = Client['hints'][number]
/** How often a verdict was given, and the newest one. */
export type VerdictCount = AnswerOf<typeof COUNT_VERDICTS>['codes'][number]
/** How sure a part of a rule is; docs/contract/README.md says what each mark means. */
export type Sureness = Rule['sureness'][number]

/** A verdict on a record that did not join two ids. */
export type Refused = User['refused'][number]
/** An error or a warning on records of a user, and how many there were. */
export type Problem = User['problems'][number]
/** A page of the list of users. */
export type UserPageAnswer = AnswerOf<typeof LIST_USERS>
