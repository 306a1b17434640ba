/** A workspace in memory, and the settings that come of it. */
import { resolve } from 'node:path'
import { type GateError, GateErrors } from '../../../src/errors.ts'
import type { Files } from '../../../src/model.ts'
import { readSettings, type Settings, type Surroundings } from '../../../src/settings/settings.ts'

export const TENANT = '11111111-2222-3333-4444-555555555555'
export const CLIENT = '99999999-8888-7777-6666-555555555555'
export const WORKSPACE = '/home/runner/repo'
export const TEMP = '/tmp/runner'

/** Text by path relative to the workspace; a number is the size of a file whose text is never asked for. */
export type FileTexts = Readonly<Record<string, string>>

export function memoryFiles(texts: FileTexts): Files {
  const byPath = new Map(Object.entries(texts).map(([path, text]) => [resolve(WORKSPACE, path), text]))
  const get = (path: string): string => {
    const text = byPath.get(resolve(WORKSPACE, path))
    if (text === undefined) throw new Error('ENOENT')
    return text
  }
  const refuse = (): never => {
    throw new Error('settings write and search nothing')
  }
  return {
    readText: async (path) => get(path),
    exists: async (path) => byPath.has(resolve(WORKSPACE, path)),
    size: async (path) => Buffer.byteLength(get(path)),
    realPath: async (path) => resolve(WORKSPACE, path),
    write: refuse,
    append: refuse,
    remove: refuse,
    glob: refuse,
  }
}

export interface Case {
  readonly inputs?: Readonly<Record<string, string>>
  /** Text of the config file; sets the input `config` too. */
  readonly config?: string
  readonly more?: Partial<Omit<Surroundings, 'inputs'>>
}

/** Tenant, client and secret are given unless a case takes them away with an empty text. */
export function surroundings({ inputs = {}, config, more = {} }: Case): Surroundings {
  return {
    inputs: {
      'tenant-id': TENANT,
      'client-id': CLIENT,
      'client-secret': 's3cr3t~value',
      ...(config === undefined ? {} : { config: 'gate.yml' }),
      ...inputs,
    },
    unknownInputs: [],
    workspace: WORKSPACE,
    runnerTemp: TEMP,
    visibility: 'private',
    now: new Date('2026-11-20T12:00:00Z'),
    files: memoryFiles(config === undefined ? {} : { 'gate.yml': config }),
    ...more,
  }
}

export const settingsOf = (given: Case): Promise<Settings> => readSettings(surroundings(given))

/** The problems of settings that must not be taken. */
export async function problemsOf(given: Case): Promise<readonly GateError[]> {
  try {
    await settingsOf(given)
  } catch (error) {
    if (error instanceof GateErrors) return error.problems
    throw error
  }
  throw new Error('the settings were taken')
}

/** Message and hint of every problem, one a line. */
export const complaints = async (given: Case): Promise<string> =>
  (await problemsOf(given)).map(({ message, hint }) => `${message} ${hint}`).join('\n')
