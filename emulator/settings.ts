/** What a step needs to use an emulated cloud. */
import type { Emulator } from './emulator.ts'

/** The inputs that sign in to its first tenant with its secret. */
export function signInInputs(cloud: Emulator) {
  return {
    'tenant-id': cloud.tenantId,
    'client-id': cloud.clientId,
    'client-secret': cloud.clientSecret,
    'authority-url': cloud.loginUrl,
    'api-url': cloud.apiUrl,
  }
}
