/**
 * Entry of the gate. It begins to connect, which takes a round trip to the cloud, and loads all else meanwhile. What is wrong
 * with the inputs is told there.
 */
import type { Begun } from './gate-action.ts'
import { Dialled } from './network/dial.ts'
import { endpoints } from './security-api/clouds.ts'
import { INPUT_NAMES } from './settings/inputs.ts'
import { placesOf } from './settings/places.ts'
import { readInputs, readProxy } from './world.ts'

const given = readInputs(process.env, INPUT_NAMES)
const proxy = readProxy(process.env)
const dialled = new Dialled()

/** Where to sign in, and where to ask; none where the inputs are wrong, or where a proxy has to open the way. */
function originsOf(): Begun['origins'] {
  const places = proxy.https === undefined ? placesOf(given.inputs) : undefined
  if (places === undefined) return undefined
  const { authority, apiOrigin } = endpoints(places.cloud, places.api)
  return { authority: places.authorityUrl ?? authority, api: places.apiUrl ?? apiOrigin }
}

/** Saves time and does nothing else: what is wrong is met again where it can be told. */
async function begin(): Promise<Begun['origins']> {
  try {
    const origins = originsOf()
    if (origins === undefined) return undefined
    dialled.dial(origins.authority)
    // Most gates ask more than one question, each on a connection of its own.
    dialled.dial(origins.api, 2)
    await dialled.lookedUp()
    return origins
  } catch {
    return undefined
  }
}

const origins = await begin()
const { run } = await import('./gate-action.ts')
void run({ given, proxy, dialled, origins })
