/** What the gate needs of this room. */
export { type Annotation, annotate, annotationCommand, finalMessage } from './annotations.ts'
export { checkLine } from './console.ts'
export { inputErrorRun } from './input-errors.ts'
export { createLog, type RunLog } from './log.ts'
export { emptyOutputs, OUTPUT_NAMES, type Outputs, outputs, type ReportPaths } from './outputs.ts'
export { createRedactor, type Redactor, redactRun, runnerMasks } from './redact.ts'
export { type ReportOptions, type Written, writeReports } from './write-reports.ts'
