export type { NewProjectBody } from '../api/projects.shape.ts'
export type { TwinpanelOptions } from './options.ts'
export {
  startTwinpanel,
  type Twinpanel,
  type TwinpanelProject,
  TwinpanelStartError,
} from './start-twinpanel.ts'
