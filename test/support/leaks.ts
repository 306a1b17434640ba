/** Looks for secrets where none may be: everything that a run printed or wrote. */
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'

/** Every file below a folder, with its path. */
export function filesBelow(folder: string): { path: string; content: string }[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => join(folder, name))
    .filter((path) => statSync(path, { throwIfNoEntry: false })?.isFile())
    .map((path) => ({ path, content: readFileSync(path, 'utf8') }))
}

/** The forms in which a secret could hide. */
function forms(secret: string): string[] {
  const bytes = Buffer.from(secret, 'utf8')
  const base64 = bytes.toString('base64').replace(/=+$/, '')
  return [
    secret,
    base64,
    bytes.toString('base64url'),
    bytes.toString('hex'),
    encodeURIComponent(secret),
    new URLSearchParams({ s: secret }).toString().slice(2),
    JSON.stringify(secret).slice(1, -1),
  ]
}

/** `place: the first letters of the secret`, for each secret that a text holds. Short ones can stand anywhere by chance. */
export function leaks(texts: Readonly<Record<string, string>>, secrets: readonly string[]): string[] {
  const wanted = [...new Set(secrets)].filter((secret) => secret.length >= 8)
  // Of a token its signature is telling, and its payload.
  const parts = wanted.flatMap((secret) =>
    /^eyJ.+\..+\./.test(secret) ? [secret, ...secret.split('.').slice(1)] : [secret],
  )
  return Object.entries(texts).flatMap(([place, text]) =>
    parts
      .filter((secret) => forms(secret).some((form) => text.includes(form)))
      .map((secret) => `${place}: ${secret.slice(0, 12)}`),
  )
}
