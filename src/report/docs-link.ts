/** Where the documentation of an error stands. */

/** `docs` is the folder of the documentation of this very version. Codes are the headings of that page. */
export function docsLink(docs: string, code: string): string {
  const page = `${docs}/troubleshooting.md`
  return /^[a-z0-9-]+$/.test(code) ? `${page}#${code}` : page
}
