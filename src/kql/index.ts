/** What the second action needs of this room. Loading it loads the Kusto language service: import it lazily. */
export { annotation, counts, type Escaping, finalMessage, summary } from './report.ts'
export { toSarif } from './sarif.ts'
export { DEFENDER_SCHEMA, mergeSchemas, type Schema } from './schema.ts'
export { type Checked, checkFiles, type FailOn, toValidation, turns, type Validation } from './validate-files.ts'
