// jest's runner, for a mutation run: Stryker asks jest for every mutant anew, and takes each as long as it does. So files without
// a test that Stryker asks for are not loaded, dear files come last, and the first file with a failure ends the run.
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import TestRunner from 'jest-runner'

const DEAR = ['show', 'escape', 'escape-properties', 'schema', 'hostile-yaml']
const rank = ({ path }) => DEAR.findIndex((name) => path.endsWith(`/${name}.test.ts`))

/** Names of the tests in each file, as the first run found them. Stryker's processes share a sandbox. */
const NAMES = join(process.cwd(), 'test-names.json')
const readNames = () => (existsSync(NAMES) ? JSON.parse(readFileSync(NAMES, 'utf8')) : undefined)
let names

export default class FrugalRunner extends TestRunner {
  async runTests(tests, watcher, options) {
    names ??= readNames()
    const found = {}
    let failed = false
    const off = this.on('test-file-success', ([{ path }, { testResults, numFailingTests, testExecError }]) => {
      found[path] = testResults.map(({ fullName }) => fullName)
      failed ||= numFailingTests > 0 || testExecError !== undefined
    })
    for (const test of tests.toSorted((a, b) => rank(a) - rank(b) || (a.path < b.path ? -1 : 1))) {
      if (failed) break
      if (this.#isAskedFor(test)) await super.runTests([test], watcher, options)
    }
    off()
    if (names === undefined && !failed) writeFileSync(NAMES, JSON.stringify(found))
  }

  #isAskedFor({ path }) {
    const { testNamePattern } = this._globalConfig
    if (!testNamePattern || names?.[path] === undefined) return true
    const pattern = new RegExp(testNamePattern, 'i')
    return names[path].some((name) => pattern.test(name))
  }
}
