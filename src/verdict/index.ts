/** The verdict: pure functions, without I/O and without a clock of their own. */
export { baselineChunks, missingBaseline, nextBaseline, parseBaseline, unreadableBaseline } from './baseline.ts'
export { fingerprint } from './fingerprint.ts'
export { conclude, erred, type Judged, Judging, judge } from './judge.ts'
export { highest, rank } from './severity.ts'
export { suppressionNotes } from './suppressions.ts'
