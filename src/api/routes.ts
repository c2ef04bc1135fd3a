import type { FastifyInstance } from 'fastify'
import { addClientRoutes, type ClientRouteDeps } from './clients.route.ts'
import { addClockRoutes } from './clock.route.ts'
import { addEventRoutes } from './events.route.ts'
import { addExplainRoutes, type ExplainRouteDeps } from './explain.route.ts'
import { addExportRoutes, type ExportDeps } from './export.route.ts'
import { addFaultRoutes, type FaultRouteDeps } from './faults.route.ts'
import { addFlagRoutes } from './flags.route.ts'
import { addLookupTableRoutes } from './lookup-tables.route.ts'
import { addMaintenanceRoutes, type MaintenanceRouteDeps } from './maintenance.route.ts'
import { addMetricsRoutes, type MetricsRouteDeps } from './metrics.route.ts'
import { addProjectRoutes, type ProjectRouteDeps } from './projects.route.ts'
import { addPropagationRoutes } from './propagation.route.ts'
import type { GuardDeps } from './routing/admin-access.ts'
import { openScope } from './routing/scope.ts'
import { addRuleRoutes } from './rules.route.ts'
import { addStreamRoutes, type StreamRouteDeps } from './stream.route.ts'
import { addUserRoutes } from './users.route.ts'
import { addVerdictRoutes } from './verdicts.route.ts'
import { addWaitRoutes, type WaitRouteDeps } from './wait.route.ts'

type ApiDeps = GuardDeps &
  ProjectRouteDeps &
  FaultRouteDeps &
  ClientRouteDeps &
  StreamRouteDeps &
  WaitRouteDeps &
  ExportDeps &
  ExplainRouteDeps &
  MetricsRouteDeps &
  MaintenanceRouteDeps

/** Adds the guarded routes of our API, except the OpenAPI document. */
export function addApiRoutes(app: FastifyInstance, deps: ApiDeps): void {
  openScope(app, deps)
  addMetricsRoutes(app, deps)
  addProjectRoutes(app, deps)
  addClockRoutes(app, deps)
  addPropagationRoutes(app, deps)
  addFaultRoutes(app, deps)
  addFlagRoutes(app, deps)
  addEventRoutes(app, deps)
  addExportRoutes(app, deps)
  addUserRoutes(app, deps)
  addVerdictRoutes(app, deps)
  addWaitRoutes(app, deps)
  addClientRoutes(app, deps)
  addStreamRoutes(app, deps)
  addExplainRoutes(app, deps)
  addRuleRoutes(app)
  addLookupTableRoutes(app, deps)
  addMaintenanceRoutes(app, deps)
}
