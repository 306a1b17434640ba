/**
 * Spares the language service work whose result nobody here asks for. What looks different from what is expected is left alone.
 */

type Create = (text: string, globals: unknown, ...rest: readonly unknown[]) => unknown
type From = (globals: unknown) => unknown

interface Service {
  readonly Language?: {
    readonly KustoCode?: { Create?: Create; readonly GetKind?: (text: string) => unknown }
    readonly ParserKind?: { readonly Default?: unknown }
    readonly Editor?: { readonly CodeKinds?: { readonly Query?: unknown } }
    readonly Parsing?: { readonly QueryGrammar?: { From?: From } }
  }
}

/**
 * The grammar of queries takes longer to build than a hundred queries to check. It is for completion and for what nests very
 * deeply; else the parser is written by hand, and the grammar is only laid by. Call it once.
 */
export function withoutGrammar(service: unknown): void {
  const { KustoCode, Editor, ParserKind, Parsing } = (service as Service).Language ?? {}
  const { Create: create, GetKind: kindOf } = KustoCode ?? {}
  const query = Editor?.CodeKinds?.Query
  const byHand = ParserKind?.Default
  if (create === undefined || kindOf === undefined || query === undefined || byHand === undefined) return
  KustoCode!.Create = (text, globals, ...rest) => {
    const grammar = Parsing?.QueryGrammar
    const from = grammar?.From
    if (from === undefined || parserOf(globals) !== byHand || kindOf(text) !== query) {
      return create(text, globals, ...rest)
    }
    // The first question is what the parser is to lay by; whoever asks next needs it.
    grammar!.From = () => {
      grammar!.From = from
      return NO_GRAMMAR
    }
    try {
      return create(text, globals, ...rest)
    } finally {
      grammar!.From = from
    }
  }
}

const NO_GRAMMAR = { QueryBlock: null }

function parserOf(globals: unknown): unknown {
  return (globals as { ParseOptions?: { ParserKind?: unknown } } | null | undefined)?.ParseOptions?.ParserKind
}

type Symbols = Readonly<Record<string, unknown>> & {
  readonly ParseOptions?: { WithAlwaysProduceEndTokens?(produce: boolean): unknown }
  WithParseOptions?(options: unknown): unknown
}

/** Each makes its index of names when it is first asked. */
const LOOK_UPS = ['GetFunction', 'GetAggregate', 'GetPlugIn', 'GetOption', 'GetAmbientSymbol', 'GetClientSymbol']

/**
 * The same state with its indices of names made. The service copies the state for each query, with the indices that are there;
 * those that are not it makes anew, for a thousand functions. The copy for the parse options is made here, too.
 */
export function indexed<State>(globals: State): State {
  const options = (globals as Symbols).ParseOptions?.WithAlwaysProduceEndTokens?.(true)
  const state = (options && (globals as Symbols).WithParseOptions?.(options)) || globals
  for (const name of LOOK_UPS) {
    const lookUp = (state as Symbols)[name]
    if (typeof lookUp === 'function') lookUp.call(state, '')
  }
  const operator = (state as Symbols)['GetOperator']
  if (typeof operator === 'function') operator.call(state, 0)
  return state as State
}
