import type { Transcript } from '../support/transcript.ts'
import { ANDROID } from './android.ts'
import { REACT_NATIVE, UNITY } from './apps.ts'
import { FLUTTER } from './flutter.ts'
import { GO } from './go.ts'
import { JAVA } from './java.ts'
import { LOOKUP_TABLES } from './lookup-tables.ts'
import { MIXPANEL_IMPORT } from './mixpanel-import.ts'
import { PHP } from './php.ts'
import { DOCUMENTATION, RUDDERSTACK } from './pipelines.ts'
import { PYTHON } from './python.ts'
import { RUBY } from './ruby.ts'
import { SEGMENT } from './segment.ts'
import { SWIFT } from './swift.ts'

/** Every SDK and tool that is no npm package that the tests could run. */
export const TRANSCRIPTS: readonly Transcript[] = [
  ...[PYTHON, RUBY, PHP, JAVA, GO, ANDROID, SWIFT, REACT_NATIVE, FLUTTER, UNITY],
  ...[MIXPANEL_IMPORT, LOOKUP_TABLES, RUDDERSTACK, SEGMENT, DOCUMENTATION],
]
