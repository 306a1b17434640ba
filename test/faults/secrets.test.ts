/** No secret is written, whatever goes wrong on the way to a verdict, while every service gives all of them back. */
import { echoTests } from './echo-tests.ts'
import { cells } from './matrix.ts'

echoTests('the routes that the verdict depends on', cells())
