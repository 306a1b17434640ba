/** What the gate uses of MSAL, named one by one so that the bundle leaves out the rest. Loaded only by `loadMsal`. */
export { ConfidentialClientApplication, LogLevel } from '@azure/msal-node'
