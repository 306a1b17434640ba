import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { createRedactor } from '../../../src/report/redact.ts'
import { redactRun } from '../../../src/report/redact-run.ts'
import { runnerMasks } from '../../../src/report/secret-forms.ts'
import { huntingCheck, listCheck, makeFinding, makeResult, makeRun } from './make-run.ts'

const SECRET = 'a~8Q"x/+&<k>\'=é %9'

function redactorOf(...secrets: string[]) {
  const redactor = createRedactor()
  for (const secret of secrets) redactor.protect(secret)
  return redactor
}

/** The forms in which a service, a shell or a tool may echo a secret. */
const FORMS: Readonly<Record<string, (secret: string) => string>> = {
  plain: (secret) => secret,
  base64: (secret) => Buffer.from(secret).toString('base64'),
  base64url: (secret) => Buffer.from(secret).toString('base64url'),
  base64InUrl: (secret) => encodeURIComponent(Buffer.from(secret).toString('base64')),
  powershell: (secret) => Buffer.from(secret, 'utf16le').toString('base64'),
  hex: (secret) => Buffer.from(secret).toString('hex'),
  hexUpper: (secret) => Buffer.from(secret).toString('hex').toUpperCase(),
  uri: encodeURI,
  component: encodeURIComponent,
  componentLower: (secret) => encodeURIComponent(secret).replace(/%../g, (found) => found.toLowerCase()),
  form: (secret) => new URLSearchParams({ a: secret }).toString().slice(2),
  json: (secret) => JSON.stringify(secret).slice(1, -1),
  jsonTwice: (secret) => JSON.stringify(JSON.stringify(secret)).slice(3, -3),
  jsonSlashes: (secret) => JSON.stringify(secret).slice(1, -1).replaceAll('/', '\\/'),
  dotnet: (secret) =>
    secret
      .replaceAll('\\', '\\\\')
      .replace(/[^ -~]|["&'+<>`]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}`),
  xml: (secret) =>
    secret
      .replaceAll('&', '&amp;')
      .replaceAll('<', '&lt;')
      .replaceAll('>', '&gt;')
      .replaceAll('"', '&quot;')
      .replaceAll("'", '&apos;'),
  html: (secret) =>
    secret
      .replaceAll('&', '&amp;')
      .replaceAll('<', '&lt;')
      .replaceAll('>', '&gt;')
      .replaceAll('"', '&quot;')
      .replaceAll("'", '&#39;'),
}

describe('redact', () => {
  it.each(Object.entries(FORMS))('takes out the form %s', (_, form) => {
    const { redact } = redactorOf(SECRET)
    expect(redact(`>>${form(SECRET)}<<`)).toBe('>>***<<')
    expect(redact(form(SECRET))).toBe('***')
  })

  it('takes out base64 and base64url wherever in the encoded text the secret begins', () => {
    const { redact } = redactorOf(SECRET)
    for (const before of ['', 'a', 'ab', 'abc', 'client_secret=']) {
      for (const encoding of ['base64', 'base64url'] as const) {
        const text = Buffer.from(`${before}${SECRET}&tail`).toString(encoding)
        const left = redact(text)
        expect(left).toContain('***')
        expect(Buffer.from(left.replace('***', ''), encoding).toString()).not.toContain(SECRET.slice(2, 8))
        expect(left.length).toBeLessThan(text.length - SECRET.length)
      }
    }
  })

  it('finds any secret in any text, in any form', () => {
    const secret = fc.string({ minLength: 4, maxLength: 60 }).filter((text) => text.trim().length >= 4)
    fc.assert(
      fc.property(
        secret,
        fc.string(),
        fc.string(),
        fc.constantFrom(...Object.values(FORMS)),
        (text, before, after, form) => {
          const { redact } = redactorOf(text)
          expect(redact(before + form(text) + after)).toContain('***')
        },
      ),
    )
  })

  it('leaves text without a secret alone', () => {
    const { redact } = redactorOf('correct-horse-battery')
    fc.assert(fc.property(fc.string({ maxLength: 200 }), (text) => expect(redact(text)).toBe(text)))
    expect(createRedactor().redact('anything')).toBe('anything')
  })

  it('leaves no rest of one secret behind another that it overlaps', () => {
    expect(redactorOf('abcdefgh', 'fghijklm').redact('>abcdefghijklm<')).toBe('>***<')
    expect(redactorOf('abcd', 'abcdefgh').redact('abcdefgh abcdxx')).toBe('*** ***xx')
    expect(redactorOf('aaaa').redact('aaaaaaaaaa')).toBe('***')
  })

  it('takes out a JWT and each part of it that says something', () => {
    const token = 'eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhcHAifQ.c2lnbmF0dXJlLW9mLWl0'
    const { redact } = redactorOf(token)
    expect(redact(`Bearer ${token}.`)).toBe('Bearer ***.')
    for (const part of token.split('.')) expect(redact(`x ${part} y`)).toBe('x *** y')
  })

  it('takes out a PEM line by line, in one line, and with other line ends', () => {
    const body = [
      'MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7',
      'VJTUt9Us8cKjMzEfYyjiWA4R4ypbHqGC0H0+tG3hGbN4pYp0Zb4l',
      'lfcsQrPQ==',
    ]
    const pem = `-----BEGIN PRIVATE KEY-----\n${body.join('\n')}\n-----END PRIVATE KEY-----\n`
    const { redact } = redactorOf(pem)
    for (const line of body) expect(redact(`x ${line} y`)).toBe('x *** y')
    for (const text of [
      pem,
      pem.replaceAll('\n', '\r\n'),
      body.join(''),
      JSON.stringify(pem),
      Buffer.from(pem).toString('base64'),
    ]) {
      const left = redact(text)
      expect(left).toContain('***')
      for (const line of body) expect(left).not.toContain(line.slice(0, 12))
    }
    expect(redact('-----BEGIN PRIVATE KEY-----')).toBe('-----BEGIN PRIVATE KEY-----')
  })

  it('takes a short secret out where it is a word, and leaves other words whole', () => {
    const { redact } = redactorOf('ab', '.')
    expect(redact('ab cab abc (ab)')).toBe('*** cab abc (***)')
    expect(redactorOf('x-1').redact('x-1 ax-1')).toBe('*** ax-1')
  })

  it('ignores blanks, counts secrets once, and learns as it goes', () => {
    const redactor = redactorOf('', '  ', '\n')
    expect(redactor.count).toBe(0)
    expect(redactor.redact('a  b')).toBe('a  b')
    redactor.protect('first-secret')
    redactor.protect('first-secret')
    expect(redactor.redact('first-secret second-secret')).toBe('*** second-secret')
    redactor.protect('second-secret')
    expect(redactor.count).toBe(2)
    expect(redactor.redact('first-secret second-secret')).toBe('*** ***')
  })

  it('takes out the beginning of a secret in any form, as it is left where an echo was cut off', () => {
    const token = `eyJhbGciOiJub25lIn0.${'QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVo'.repeat(4)}.c2lnbmF0dXJlLW9m`
    const { redact } = redactorOf(token)
    for (const form of [token, Buffer.from(token).toString('base64'), Buffer.from(token).toString('hex')]) {
      expect(redact(`got '${form.slice(0, 60)}… and no more`)).toBe("got '***… and no more")
      expect(redact(`got '${form.slice(0, 12)}…`)).toBe("got '***…")
      expect(redact(`got '${form.slice(0, 11)}…`)).toBe(`got '${form.slice(0, 11)}…`)
    }
  })

  it('leaves the frame of a PEM, which is nobody’s secret', () => {
    const line = 'MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj'
    const { redact } = redactorOf(`-----BEGIN PRIVATE KEY-----\n${line}\n-----END PRIVATE KEY-----`)
    expect(redact('it has no -----BEGIN PRIVATE KEY----- line')).toBe('it has no -----BEGIN PRIVATE KEY----- line')
    expect(redact(`it has ${line.slice(0, 30)} in it`)).toBe('it has *** in it')
  })

  it('takes out JSON within JSON, with the slash escaped or not', () => {
    const { redact } = redactorOf('a/b"c+d')
    for (const inner of ['{"k":"a\\/b\\"c+d"}', '{"k":"a/b\\"c+d"}', '{"k":"a/b\\u0022c\\u002Bd"}']) {
      expect(redact(inner)).toBe('{"k":"***"}')
      expect(redact(JSON.stringify(inner))).toBe(JSON.stringify('{"k":"***"}'))
    }
  })

  it('takes out a secret that was given with white space around it', () => {
    expect(redactorOf(' spaced-secret\n').redact('x spaced-secret y')).toBe('x *** y')
  })
})

describe('runnerMasks', () => {
  it('covers what the runner does not mask by itself, and gives single lines only', () => {
    const masks = runnerMasks(SECRET)
    for (const form of ['plain', 'base64url', 'hex', 'hexUpper', 'form', 'componentLower'] as const) {
      expect(masks).toContain(FORMS[form]!(SECRET))
    }
    for (const mask of runnerMasks(`-----BEGIN X-----\n${'A'.repeat(64)}\n-----END X-----`))
      expect(mask).not.toMatch(/[\r\n]/)
  })

  it('names no header of a PEM and no tiny form', () => {
    const masks = runnerMasks(`-----BEGIN PRIVATE KEY-----\n${'QUJD'.repeat(16)}\n-----END PRIVATE KEY-----`)
    expect(masks).not.toContain('-----BEGIN PRIVATE KEY-----')
    expect(masks).toContain('QUJD'.repeat(16))
    expect(runnerMasks('abcd').filter((mask) => mask.length < 6)).toEqual(['abcd'])
    expect(runnerMasks('ab')).toEqual([])
    expect(runnerMasks('')).toEqual([])
  })
})

describe('redactRun', () => {
  const { redact } = redactorOf('tops3cret-value', '123456789')

  it('leaves no secret in anything that reports show', () => {
    const dirty = 'x tops3cret-value y'
    const run = makeRun(
      [
        makeResult(huntingCheck(dirty, { text: 'Table', description: dirty }, { title: dirty }), {
          tenant: { id: 't', label: dirty },
          columns: [dirty],
          notes: [dirty],
          reason: dirty,
          portalUrl: `https://security.microsoft.com/?q=${encodeURIComponent('tops3cret-value')}`,
          findings: [
            makeFinding({
              title: dirty,
              url: 'https://a.example/tops3cret-value',
              data: { [dirty]: [dirty, { deep: dirty }], number: 123456789, big: 123456789n, fine: 7 },
              status: 'suppressed',
              suppression: { check: 'c', where: { a: dirty }, reason: dirty, owner: dirty, expires: '2027-01-01' },
            }),
          ],
        }),
        makeResult(listCheck('a'), { error: { code: 'c', message: dirty, hint: dirty } }),
      ],
      { notes: [dirty], inputErrors: [{ code: 'c', message: dirty, hint: dirty }] },
    )
    const text = JSON.stringify(redactRun(run, redact), (_, item) =>
      typeof item === 'bigint' ? item.toString() : item,
    )
    expect(text).not.toMatch(/tops3cret|123456789/)
    expect(text).toContain('"fine":7')
  })

  it('keeps two columns apart whose names held secrets', () => {
    const run = makeRun([
      makeResult(listCheck('a'), { findings: [makeFinding({ data: { '123456789': 1, 'tops3cret-value': 2 } })] }),
    ])
    expect([...redactRun(run, redact).checks[0]!.findings][0]!.data).toEqual({ '***': 1, '****': 2 })
  })

  it('gives no portal link for a query with a secret in it, as the link carries the query packed', () => {
    const portalUrl = 'https://security.microsoft.com/v2/advanced-hunting?query=H4sI'
    const link = (text: string) =>
      redactRun(makeRun([makeResult(huntingCheck('h', { text }), { portalUrl })]), redact).checks[0]!.portalUrl
    expect(link('T | where x == "tops3cret-value"')).toBeUndefined()
    expect(link('T')).toBe(portalUrl)
  })

  it('does not copy data without a secret', () => {
    const finding = makeFinding({ data: { a: [1, { b: 'c' }] } })
    const run = makeRun([makeResult(listCheck('a'), { findings: [finding] })])
    const clean = [...redactRun(run, redact).checks[0]!.findings][0]!
    expect(clean.data).toBe(finding.data)
    expect(clean).toEqual(finding)
  })

  it('gives reports nothing of a finding with counts but what tells it apart, how bad it is and what holds it', () => {
    const suppression = { check: 'a', where: {}, reason: 'theirs', owner: 'theirs', expires: '2027-01-31' }
    const held = makeFinding({
      title: 'theirs',
      url: 'https://theirs',
      data: { a: 'theirs' },
      status: 'suppressed',
      suppression,
    })
    const run = makeRun([makeResult(listCheck('a'), { findings: [held] })], { details: 'counts' })
    const { findings } = redactRun(run, redact).checks[0]!
    expect(findings).toHaveLength(1)
    const [found] = [...findings]
    const { fingerprint, severity, status } = held
    expect([found!.fingerprint, found!.severity, found!.status]).toEqual([fingerprint, severity, status])
    expect(JSON.stringify(found)).not.toContain('theirs')
    expect(found!.suppression).toBeUndefined()
  })

  it('redacts why a finding is held', () => {
    const suppression = { check: 'a', where: {}, reason: 'tops3cret-value', owner: undefined, expires: '2027-01-31' }
    const run = makeRun([makeResult(listCheck('a'), { findings: [makeFinding({ suppression })] })])
    expect([...redactRun(run, redact).checks[0]!.findings][0]!.suppression?.reason).toBe('***')
  })
})
