export type { NewProjectBody } from '../api/projects.shape.ts'
export type { Intercept, InterceptedRequests } from '../intercept/intercept.ts'
export type { InterceptOptions, TwinpanelOptions } from './options.ts'
export {
  type InterceptingTwinpanel,
  startTwinpanel,
  type Twinpanel,
  type TwinpanelProject,
  TwinpanelStartError,
} from './start-twinpanel.ts'
