/** No secret is written, whatever goes wrong while issues are kept; what is sent to GitHub is for others to read, too. */
import { echoTests } from './echo-tests.ts'
import { issueCells } from './matrix.ts'

echoTests('the requests for issues', issueCells())
