/** What the rest of the gate may use of this room. */
export { createTokenSource, type TokenSourceOptions } from './access-token.ts'
export { adminConsentUrl } from './consent.ts'
export { type Credential, checkCredential, type ReadyCredential, secretParts } from './credential.ts'
export { missingPermissions, permissionError, requiredPermission } from './permissions.ts'
