export const id = 164;
export const ids = [164];
export const modules = {

/***/ 1916:
/***/ ((__unused_webpack_module, exports) => {

var __webpack_unused_export__;

__webpack_unused_export__ = true;
exports.Io = __webpack_unused_export__ = void 0;
var peq = new Uint32Array(0x10000);
var myers_32 = function (a, b) {
    var n = a.length;
    var m = b.length;
    var lst = 1 << (n - 1);
    var pv = -1;
    var mv = 0;
    var sc = n;
    var i = n;
    while (i--) {
        peq[a.charCodeAt(i)] |= 1 << i;
    }
    for (i = 0; i < m; i++) {
        var eq = peq[b.charCodeAt(i)];
        var xv = eq | mv;
        eq |= ((eq & pv) + pv) ^ pv;
        mv |= ~(eq | pv);
        pv &= eq;
        if (mv & lst) {
            sc++;
        }
        if (pv & lst) {
            sc--;
        }
        mv = (mv << 1) | 1;
        pv = (pv << 1) | ~(xv | mv);
        mv &= xv;
    }
    i = n;
    while (i--) {
        peq[a.charCodeAt(i)] = 0;
    }
    return sc;
};
var myers_x = function (b, a) {
    var n = a.length;
    var m = b.length;
    var mhc = [];
    var phc = [];
    var hsize = Math.ceil(n / 32);
    var vsize = Math.ceil(m / 32);
    for (var i = 0; i < hsize; i++) {
        phc[i] = -1;
        mhc[i] = 0;
    }
    var j = 0;
    for (; j < vsize - 1; j++) {
        var mv_1 = 0;
        var pv_1 = -1;
        var start_1 = j * 32;
        var vlen_1 = Math.min(32, m) + start_1;
        for (var k = start_1; k < vlen_1; k++) {
            peq[b.charCodeAt(k)] |= 1 << k;
        }
        for (var i = 0; i < n; i++) {
            var eq = peq[a.charCodeAt(i)];
            var pb = (phc[(i / 32) | 0] >>> i) & 1;
            var mb = (mhc[(i / 32) | 0] >>> i) & 1;
            var xv = eq | mv_1;
            var xh = ((((eq | mb) & pv_1) + pv_1) ^ pv_1) | eq | mb;
            var ph = mv_1 | ~(xh | pv_1);
            var mh = pv_1 & xh;
            if ((ph >>> 31) ^ pb) {
                phc[(i / 32) | 0] ^= 1 << i;
            }
            if ((mh >>> 31) ^ mb) {
                mhc[(i / 32) | 0] ^= 1 << i;
            }
            ph = (ph << 1) | pb;
            mh = (mh << 1) | mb;
            pv_1 = mh | ~(xv | ph);
            mv_1 = ph & xv;
        }
        for (var k = start_1; k < vlen_1; k++) {
            peq[b.charCodeAt(k)] = 0;
        }
    }
    var mv = 0;
    var pv = -1;
    var start = j * 32;
    var vlen = Math.min(32, m - start) + start;
    for (var k = start; k < vlen; k++) {
        peq[b.charCodeAt(k)] |= 1 << k;
    }
    var score = m;
    for (var i = 0; i < n; i++) {
        var eq = peq[a.charCodeAt(i)];
        var pb = (phc[(i / 32) | 0] >>> i) & 1;
        var mb = (mhc[(i / 32) | 0] >>> i) & 1;
        var xv = eq | mv;
        var xh = ((((eq | mb) & pv) + pv) ^ pv) | eq | mb;
        var ph = mv | ~(xh | pv);
        var mh = pv & xh;
        score += (ph >>> (m - 1)) & 1;
        score -= (mh >>> (m - 1)) & 1;
        if ((ph >>> 31) ^ pb) {
            phc[(i / 32) | 0] ^= 1 << i;
        }
        if ((mh >>> 31) ^ mb) {
            mhc[(i / 32) | 0] ^= 1 << i;
        }
        ph = (ph << 1) | pb;
        mh = (mh << 1) | mb;
        pv = mh | ~(xv | ph);
        mv = ph & xv;
    }
    for (var k = start; k < vlen; k++) {
        peq[b.charCodeAt(k)] = 0;
    }
    return score;
};
var distance = function (a, b) {
    if (a.length < b.length) {
        var tmp = b;
        b = a;
        a = tmp;
    }
    if (b.length === 0) {
        return a.length;
    }
    if (a.length <= 32) {
        return myers_32(a, b);
    }
    return myers_x(a, b);
};
exports.Io = distance;
var closest = function (str, arr) {
    var min_distance = Infinity;
    var min_index = 0;
    for (var i = 0; i < arr.length; i++) {
        var dist = distance(str, arr[i]);
        if (dist < min_distance) {
            min_distance = dist;
            min_index = i;
        }
    }
    return arr[min_index];
};
__webpack_unused_export__ = closest;


/***/ }),

/***/ 2164:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

// ESM COMPAT FLAG
__webpack_require__.r(__webpack_exports__);

// EXPORTS
__webpack_require__.d(__webpack_exports__, {
  DEFENDER_SCHEMA: () => (/* reexport */ schema/* DEFENDER_SCHEMA */.Om),
  annotation: () => (/* reexport */ annotation),
  finalMessage: () => (/* reexport */ finalMessage),
  mergeSchemas: () => (/* reexport */ schema/* mergeSchemas */.dW),
  summary: () => (/* reexport */ summary),
  toSarif: () => (/* reexport */ toSarif),
  validateFiles: () => (/* reexport */ validateFiles)
});

;// CONCATENATED MODULE: ./build/kql/report.js
/** A workflow command a diagnostic. GitHub shows ten errors and ten warnings of a step; all of them are in the log. */
function annotation(diagnostic, escaping) {
    const { severity, file, line, column, endLine, endColumn, code, message } = diagnostic;
    // The runner takes an end column only on the line of the start.
    const end = endLine === line && endColumn !== undefined ? [`endLine=${endLine}`, `endColumn=${endColumn}`] : [];
    const properties = [
        `file=${escaping.property(file)}`,
        `line=${line}`,
        `col=${column}`,
        ...end,
        `title=${escaping.property(code)}`,
    ];
    return `::${severity} ${properties.join(',')}::${escaping.command(message)}`;
}
/** GitHub drops a summary of more than 1 MiB as a whole. Left over is room for what other steps write. */
const SUMMARY_BYTES = 900 * 1024;
/** The job summary in Markdown, errors first, within its budget of bytes. */
function summary(validation, escaping) {
    const { verdict, files, diagnostics } = validation;
    const head = [
        `## Hunting queries: ${verdict}`,
        '',
        `${many(files.length, 'file')}, ${many(validation.errors, 'error')}, ${many(validation.warnings, 'warning')}.`,
        '',
    ].join('\n');
    if (diagnostics.length === 0)
        return head;
    const ordered = [...diagnostics].sort((a, b) => rank(a) - rank(b));
    const lines = ['| | Place | Message | Code |', '|---|---|---|---|'];
    let left = SUMMARY_BYTES - Buffer.byteLength(head);
    let shown = 0;
    for (const diagnostic of ordered) {
        const row = summaryRow(diagnostic, escaping);
        left -= Buffer.byteLength(row) + 1;
        if (left < 0)
            break;
        lines.push(row);
        shown += 1;
    }
    const rest = ordered.length - shown;
    return `${head}\n${lines.join('\n')}\n${rest > 0 ? `\n${many(rest, 'more diagnostic')}: see the log.\n` : ''}`;
}
function summaryRow({ severity, file, line, column, message, code }, escaping) {
    const place = escaping.markdownCodeCell(`${file}:${line}:${column}`);
    return `| ${severity} | ${place} | ${escaping.markdownCell(message)} | \`${code}\` |`;
}
function rank(diagnostic) {
    return diagnostic.severity === 'error' ? 0 : 1;
}
/** The sentence with which the step fails. */
function finalMessage({ errors, warnings, files }) {
    return `Defender Gate: ${many(errors, 'error')} and ${many(warnings, 'warning')} in ${many(files.length, 'query file')}. The annotations name file, line and column.`;
}
function many(count, noun) {
    return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

// EXTERNAL MODULE: external "node:crypto"
var external_node_crypto_ = __webpack_require__(7598);
;// CONCATENATED MODULE: ./build/kql/sarif.js
/** The diagnostics as SARIF 2.1.0, for `github/codeql-action/upload-sarif`: https://docs.oasis-open.org/sarif/sarif/v2.1.0/ */

const SCHEMA = 'https://docs.oasis-open.org/sarif/sarif/v2.1.0/os/schemas/sarif-schema-2.1.0.json';
/** Code scanning shows no more than 5,000 results of a run and refuses more than 25,000. */
const MOST_RESULTS = 5000;
/** One run; a run without results closes what earlier ones told. */
function toSarif(validation, options) {
    const shown = validation.diagnostics.slice(0, MOST_RESULTS);
    const rules = [...new Set(shown.map((diagnostic) => diagnostic.code))].sort();
    const seen = new Map();
    return {
        $schema: SCHEMA,
        version: '2.1.0',
        runs: [
            {
                tool: { driver: { name: 'Defender Gate validate', rules: rules.map((code) => toRule(code, options.codes)) } },
                automationDetails: { id: 'defender-gate/validate/' },
                columnKind: 'utf16CodeUnits',
                results: shown.map((diagnostic) => ({
                    ruleId: diagnostic.code,
                    ruleIndex: rules.indexOf(diagnostic.code),
                    level: diagnostic.severity,
                    message: { text: options.escape(diagnostic.message) },
                    locations: [
                        {
                            physicalLocation: {
                                artifactLocation: { uri: toUri(diagnostic.file), uriBaseId: '%SRCROOT%' },
                                region: toRegion(diagnostic),
                            },
                        },
                    ],
                    partialFingerprints: { 'defenderGate/v1': fingerprint(diagnostic, seen) },
                })),
            },
        ],
    };
}
function toRule(code, codes) {
    const entry = Object.hasOwn(codes, code) ? codes[code] : undefined;
    if (entry === undefined)
        return { id: code };
    return {
        id: code,
        shortDescription: { text: entry.title },
        fullDescription: { text: entry.cause },
        help: { text: entry.cure, markdown: entry.cure },
    };
}
function toRegion({ line, column, endLine, endColumn }) {
    const start = { startLine: line, startColumn: column };
    return endLine === undefined || endColumn === undefined ? start : { ...start, endLine, endColumn };
}
/** The path as a relative URI reference; without the `./`, a colon in the first part would read as a scheme. */
function toUri(path) {
    const uri = path.split('/').map(encodeURIComponent).join('/');
    return uri.replaceAll('%3A', ':').replace(/^([^/]*:)/, './$1');
}
/** The same fault keeps its fingerprint when lines move: file, code and message, and which of several alike it is. */
function fingerprint(diagnostic, seen) {
    const identity = JSON.stringify([diagnostic.file, diagnostic.code, diagnostic.message]);
    const count = (seen.get(identity) ?? 0) + 1;
    seen.set(identity, count);
    return (0,external_node_crypto_.createHash)('sha256').update(`${identity} ${count}`).digest('hex');
}

// EXTERNAL MODULE: ./build/kql/schema.js + 1 modules
var schema = __webpack_require__(2533);
// EXTERNAL MODULE: ./build/errors.js
var build_errors = __webpack_require__(9473);
// EXTERNAL MODULE: ./build/errors/kql.js
var kql = __webpack_require__(8030);
// EXTERNAL MODULE: ./build/kql/kusto.js
var kusto = __webpack_require__(9643);
;// CONCATENATED MODULE: ./build/kql/language-service.js
/** One query through the Kusto language service, survived whatever it throws. */

/** The service's own limits and faults: what it says then is no judgement of the query. */
const GAVE_UP = new Set(['KS203', 'KS244', 'KS245', 'KS246']);
/**
 * Parses and binds one query. The binder throws on some texts, a `TypeError` or an exception of its own that is no
 * `Error`; then the query is parsed only, and `failure` says so.
 */
function analyse(text, globals) {
    try {
        return toAnalysis(kusto/* kusto */.t.Language.KustoCode.ParseAndAnalyze(text, globals), undefined);
    }
    catch (thrown) {
        const failure = inWords(thrown);
        try {
            return toAnalysis(kusto/* kusto */.t.Language.KustoCode.Parse(text), failure);
        }
        catch {
            return { code: undefined, syntax: [], semantic: [], failure };
        }
    }
}
/** Syntax errors alone, which take a third of the time. */
function parse(text) {
    try {
        return toAnalysis(kusto/* kusto */.t.Language.KustoCode.Parse(text), undefined);
    }
    catch (thrown) {
        return { code: undefined, syntax: [], semantic: [], failure: inWords(thrown) };
    }
}
function toAnalysis(code, failed) {
    const syntax = (0,kusto/* toArray */.$)(code.GetSyntaxDiagnostics()).filter(counts).map(toFinding);
    const known = new Set(syntax.map(identity));
    const semantic = failed === undefined ? (0,kusto/* toArray */.$)(code.GetDiagnostics()).filter(counts).map(toFinding) : [];
    const gaveUp = [...syntax, ...semantic].find((finding) => GAVE_UP.has(finding.code));
    return {
        code,
        syntax: sorted(syntax.filter((finding) => !GAVE_UP.has(finding.code))),
        semantic: sorted(semantic.filter((finding) => !GAVE_UP.has(finding.code) && !known.has(identity(finding)))),
        failure: failed ?? gaveUp?.message,
    };
}
/** Hints on style and speed are no faults. */
function counts(diagnostic) {
    return diagnostic.Severity === 'Error' || diagnostic.Severity === 'Warning';
}
function toFinding(diagnostic) {
    const { Code, Start, Length, Message } = diagnostic;
    return { code: Code, start: Start, length: Length, message: Message };
}
function identity(finding) {
    return `${finding.code} ${finding.start} ${finding.length} ${finding.message}`;
}
function sorted(findings) {
    return [...findings].sort((a, b) => a.start - b.start || a.length - b.length);
}
/** Exceptions of the service carry their text in `Message`; nothing of a stack is kept, which would be megabytes. */
function inWords(thrown) {
    const { message, Message } = (thrown ?? {});
    const text = typeof message === 'string' && message !== '' ? message : Message;
    return typeof text === 'string' && text !== '' ? text.split('\n')[0].slice(0, 200) : 'unknown fault';
}
// --- the syntax tree ------------------------------------------------------------------------------------------------
/** Kind of a node or token by its name in the service, such as `PathExpression`. */
function isKind(element, name) {
    return element?.Kind === kusto/* kusto */.t.Language.Syntax.SyntaxKind[name];
}
function children(element) {
    const found = [];
    for (let index = 0; index < element.ChildCount; index += 1) {
        const child = element.GetChild(index);
        if (child !== null && child !== undefined)
            found.push(child);
    }
    return found;
}
/** Every element in the order of the text; without recursion, because queries nest deeply. */
function* walk(root) {
    const open = [root];
    while (open.length > 0) {
        const element = open.pop();
        yield element;
        open.push(...children(element).toReversed());
    }
}
/** The elements that hold the stretch, outermost first. */
function around(root, start, length) {
    const chain = [];
    let element = root;
    while (element !== undefined) {
        chain.push(element);
        element = children(element).find((child) => child.TextStart <= start && start + length <= child.End && child.End > start);
    }
    return chain;
}

// EXTERNAL MODULE: ./node_modules/fastest-levenshtein/mod.js
var mod = __webpack_require__(1916);
;// CONCATENATED MODULE: ./build/kql/nearest.js
/** "Did you mean": the nearest of the known names. */

/**
 * The candidate that differs least from `name`, if it is near enough to be meant: one letter of a short name, up to a third
 * of a longer one. A difference in case alone counts least.
 */
function nearest(name, candidates) {
    const limit = Math.max(1, Math.floor(name.length / 3));
    const lower = name.toLowerCase();
    let best;
    for (const candidate of candidates) {
        if (candidate === name || Math.abs(candidate.length - name.length) > limit)
            continue;
        const away = (0,mod/* distance */.Io)(lower, candidate.toLowerCase());
        if (away > limit || (name.length < 3 && away > 0))
            continue;
        if (best === undefined || away < best.away || (away === best.away && candidate < best.candidate)) {
            best = { candidate, away };
        }
    }
    return best?.candidate;
}

;// CONCATENATED MODULE: ./build/kql/names.js
/** What the binder says of names, told in terms of tables, columns and functions with the nearest known name. */




const TABLE_CODES = new Set(['KS181', 'KS204', 'KS205']);
const COLUMN_CODES = new Set(['KS142', 'KS145']);
const FUNCTION_CODES = new Set(['KS122', 'KS123', 'KS124', 'KS143', 'KS211', 'KS236', 'KS237']);
const NOT_INDEXABLE = 'KS147';
/** Whether a finding is about a name; the others are about types and places. */
function isAboutName(finding) {
    const { code } = finding;
    return TABLE_CODES.has(code) || COLUMN_CODES.has(code) || FUNCTION_CODES.has(code) || code === NOT_INDEXABLE;
}
/** The sentence for a finding about a name; `undefined` where the service itself would take the query. */
function tellName(finding, text, code, schema) {
    const { start, length } = finding;
    const at = (sentence) => ({ start, length, sentence });
    const chain = around(code.Syntax, start, length);
    const property = stringPropertyAt(finding, text, chain);
    if (property !== undefined)
        return at(property);
    if (finding.code === NOT_INDEXABLE)
        return undefined;
    const name = /'([^']*)'/.exec(finding.message)?.[1] ?? text.slice(start, start + length);
    if (FUNCTION_CODES.has(finding.code))
        return at((0,kql/* unknownFunction */.$J)(name, nearest(name, names(code, start, ['Function']))));
    if (TABLE_CODES.has(finding.code) || finding.message.endsWith('any known table.')) {
        return at((0,kql/* unknownTable */.Tc)(name, nearest(name, names(code, start, ['Table', 'Variable', 'Parameter', 'Function']))));
    }
    const piped = bareArgumentScope(chain, start, schema);
    if (piped !== undefined) {
        const columns = (0,kusto/* toArray */.$)(piped.Columns).map((column) => column.Name);
        return piped.IsOpen || columns.includes(name) ? undefined : at((0,kql/* unknownColumn */.Rn)(name, nearest(name, columns)));
    }
    const columns = names(code, start, ['Column']);
    if (name === 'TimeGenerated' && columns.includes('Timestamp'))
        return at((0,kql/* timeGenerated */.rD)());
    const near = nearest(name, columns) ?? nearest(name, names(code, start, ['Variable', 'Parameter', 'Table']));
    return at((0,kql/* unknownColumn */.Rn)(name, near));
}
function names(code, position, kinds) {
    return inScope(code, position, kinds).map((symbol) => symbol.Name);
}
function inScope(code, position, kinds) {
    const wanted = new Set(kinds.map((kind) => kusto/* kusto */.t.Language.Symbols.SymbolKind[kind]));
    try {
        return (0,kusto/* toArray */.$)(code.GetSymbolsInScope(position)).filter((symbol) => wanted.has(symbol.Kind));
    }
    catch {
        return [];
    }
}
/** `Column.Property` and `Column["Property"]` of a column that is a string. */
function stringPropertyAt(finding, text, chain) {
    const access = chain.findLast((element) => isKind(element, 'PathExpression') || isKind(element, 'ElementExpression'));
    if (access === undefined)
        return undefined;
    const [holder] = children(access);
    if (holder === undefined || holder.ResultType?.Name !== 'string' || holder.End > finding.start)
        return undefined;
    const property = text.slice(holder.End, access.End).trim();
    return (0,kql/* stringProperty */.NQ)(text.slice(holder.TextStart, holder.End), property);
}
/**
 * The piped table where the name is an argument of `invoke FileProfile(…)` and its like, which take a bare column. The binder
 * looks for a variable there. The same goes for a function that is not known, which is told by itself.
 */
function bareArgumentScope(chain, start, schema) {
    const invoke = chain.findLast((element) => isKind(element, 'InvokeOperator'));
    const call = chain.findLast((element) => isKind(element, 'FunctionCallExpression'));
    if (invoke === undefined || call === undefined || invoke.Parent === null)
        return undefined;
    const callee = children(call)[0];
    if (callee === undefined || start < callee.End || !children(invoke).includes(call))
        return undefined;
    const called = callee.toString().trim();
    const known = schema.functions.find((described) => described.name === called);
    if (known !== undefined && (known.bareColumnParameters ?? []).length === 0)
        return undefined;
    if (known === undefined && callee.ReferencedSymbol)
        return undefined;
    const input = children(invoke.Parent)[0]?.ResultType;
    return input?.Kind === kusto/* kusto */.t.Language.Symbols.SymbolKind['Table'] ? input : undefined;
}
/**
 * Columns that the binder let pass because the table may have more than are known (after `bag_unpack`, `pivot`, `find`, …),
 * but that differ by a letter from a column of the schema that is there.
 */
function doubtfulColumns(code, schema) {
    const { SymbolKind } = kusto/* kusto */.t.Language.Symbols;
    const inSchema = new Set(Object.values(schema.tables).flatMap((columns) => Object.keys(columns)));
    const told = [];
    for (const element of walk(code.Syntax)) {
        if (!isKind(element, 'NameReference'))
            continue;
        const symbol = element.ReferencedSymbol ?? undefined;
        if (symbol === undefined || symbol.Kind !== SymbolKind['Column'] || element.ResultType?.Name !== 'unknown')
            continue;
        const near = oneLetterOff(symbol.Name, names(code, element.TextStart, ['Column']));
        if (near === undefined || !inSchema.has(near))
            continue;
        const { TextStart: start, End: end } = element;
        told.push({ start, length: end - start, sentence: (0,kql/* doubtfulColumn */.c2)(symbol.Name, near) });
    }
    return told;
}
/** `DeviceId1` is no slip: joins and functions number the columns that both sides have. */
function oneLetterOff(name, known) {
    if (name.length < 4 || known.includes(name) || known.includes(name.replace(/\d+$/, '')))
        return undefined;
    return known.find((column) => Math.abs(column.length - name.length) <= 1 && isOneEdit(name, column));
}
function isOneEdit(a, b) {
    let head = 0;
    while (head < a.length && a[head] === b[head])
        head += 1;
    let tail = 0;
    while (tail < Math.min(a.length, b.length) - head && a.at(-1 - tail) === b.at(-1 - tail))
        tail += 1;
    const restA = a.length - head - tail;
    const restB = b.length - head - tail;
    if (restA <= 1 && restB <= 1)
        return true;
    // Two neighbours swapped.
    return restA === 2 && restB === 2 && a[head] === b[head + 1] && a[head + 1] === b[head];
}

;// CONCATENATED MODULE: ./build/kql/result.js
/** What the result must have: the key columns that the file names, and what Defender needs of a custom detection. */




/**
 * Columns of which a custom detection must return one, to name an impacted asset:
 * https://learn.microsoft.com/defender-xdr/custom-detection-rules#required-columns-in-the-query-results
 */
const ASSET_COLUMNS = [
    'DeviceId',
    'DeviceName',
    'RemoteDeviceName',
    'RecipientEmailAddress',
    'SenderFromAddress',
    'SenderMailFromAddress',
    'SenderObjectId',
    'RecipientObjectId',
    'AccountObjectId',
    'AccountSid',
    'AccountUpn',
    'InitiatingProcessAccountSid',
    'InitiatingProcessAccountUpn',
    'InitiatingProcessAccountObjectId',
];
/** Sentences about the result; none where its columns can't be known for sure. Names are compared without regard to case. */
function checkResult(code, schema, wanted) {
    const result = code.ResultType;
    if (result?.Kind !== kusto/* kusto */.t.Language.Symbols.SymbolKind['Table'] || result.IsOpen)
        return [];
    const columns = (0,kusto/* toArray */.$)(result.Columns).map((column) => column.Name);
    const returned = new Set(columns.map((name) => name.toLowerCase()));
    const lacks = (name) => !returned.has(name.toLowerCase());
    const told = wanted.key.filter(lacks).map((name) => (0,kql/* keyMissing */.uy)(name, nearest(name, columns)));
    if (!wanted.customDetection)
        return told;
    const missing = detectionNeeds(tablesOf(code, schema), schema).filter(lacks);
    if (missing.length > 0)
        told.push((0,kql/* detectionColumns */.Vr)(missing));
    if (ASSET_COLUMNS.every(lacks))
        told.push((0,kql/* detectionAsset */._m)(ASSET_COLUMNS));
    return told;
}
/** Names of the schema's tables that the query reads, also inside its `let` statements. */
function tablesOf(code, schema) {
    const { SymbolKind } = kusto/* kusto */.t.Language.Symbols;
    const found = new Set();
    for (const element of walk(code.Syntax)) {
        const symbol = isKind(element, 'NameReference') ? element.ReferencedSymbol : undefined;
        if (symbol && symbol.Kind === SymbolKind['Table'] && Object.hasOwn(schema.tables, symbol.Name))
            found.add(symbol.Name);
    }
    return [...found];
}
/**
 * Time and identity of the event. Tables without `ReportId` (alerts, vulnerabilities) need none; `DeviceId` belongs to it for
 * tables of Defender for Endpoint, where `ReportId` is a counter of the device.
 */
function detectionNeeds(tables, schema) {
    const having = (column) => tables.filter((table) => Object.hasOwn(schema.tables[table] ?? {}, column));
    const reporting = having('ReportId');
    const endpoint = reporting.length > 0 && reporting.every((table) => table.startsWith('Device'));
    return [
        ...(having('Timestamp').length > 0 ? ['Timestamp'] : []),
        ...(endpoint ? ['DeviceId'] : []),
        ...(reporting.length > 0 ? ['ReportId'] : []),
    ];
}

;// CONCATENATED MODULE: ./build/kql/words.js
/** Words of the language, for "did you mean" where one of them is misspelled: the parser only says what it expected. */
/** Operators that follow a pipe. */
const PIPE_OPERATORS = [
    'as',
    'assert-schema',
    'consume',
    'count',
    'distinct',
    'evaluate',
    'extend',
    'facet',
    'fork',
    'getschema',
    'graph-mark-components',
    'graph-match',
    'graph-shortest-paths',
    'graph-to-table',
    'invoke',
    'join',
    'limit',
    'lookup',
    'make-graph',
    'make-series',
    'mv-apply',
    'mv-expand',
    'order',
    'parse',
    'parse-kv',
    'parse-where',
    'partition',
    'project',
    'project-away',
    'project-keep',
    'project-rename',
    'project-reorder',
    'reduce',
    'render',
    'sample',
    'sample-distinct',
    'scan',
    'search',
    'serialize',
    'sort',
    'summarize',
    'take',
    'top',
    'top-hitters',
    'top-nested',
    'union',
    'where',
];
/** Operators and keywords inside an expression or operator. */
const INNER_WORDS = [
    'and',
    'asc',
    'between',
    'by',
    'contains',
    'contains_cs',
    'default',
    'desc',
    'endswith',
    'endswith_cs',
    'from',
    'has',
    'has_all',
    'has_any',
    'has_cs',
    'hasprefix',
    'hasprefix_cs',
    'hassuffix',
    'hassuffix_cs',
    'in',
    'kind',
    'let',
    'like',
    'matches',
    'of',
    'on',
    'or',
    'regex',
    'startswith',
    'startswith_cs',
    'step',
    'to',
    'typeof',
    'with',
];
const STARTERS = new Set(['evaluate', 'search', 'union']);
/** A line that starts with one of these goes on with a query; it does not start a new one. */
function continuesQuery(word) {
    return INNER_WORDS.includes(word) ? word !== 'let' : PIPE_OPERATORS.includes(word) && !STARTERS.has(word);
}

;// CONCATENATED MODULE: ./build/kql/split.js


/** The expression statements of a query block, which are what is run; `let` and `set` are not among them. */
function expressionStatements(root) {
    if (!isKind(root, 'QueryBlock'))
        return [];
    return children(root)
        .flatMap((list) => children(list))
        .map((element) => (isKind(element, 'SeparatedElement') ? children(element)[0] : element))
        .filter((statement) => statement !== undefined)
        .filter((statement) => isKind(statement, 'ExpressionStatement') && statement.End > statement.TextStart);
}
/** More files than the ones that hold this many are not worth telling apart, and a hostile one must not take minutes. */
const MOST_QUERIES = 100;
/**
 * Offsets at which the queries start, where the text is made of two or more that are each well-formed; else `undefined`.
 * `whole` is the analysis of the text, with at least one syntax error.
 */
function severalQueries(text, whole) {
    const starts = [skipBlank(text, 0)];
    let from = 0;
    let analysis = whole;
    while (analysis.syntax.length > 0) {
        const cut = nextQuery(text, from, from + analysis.syntax[0].start);
        if (cut === undefined || starts.length >= MOST_QUERIES)
            return undefined;
        if (!isWhole(parse(text.slice(from, cut))))
            return undefined;
        starts.push(cut);
        from = cut;
        analysis = parse(text.slice(from));
    }
    return starts.length > 1 && isWhole(analysis) ? starts : undefined;
}
function isWhole(analysis) {
    const { code, syntax } = analysis;
    return (code !== undefined && code.Kind === 'Query' && syntax.length === 0 && expressionStatements(code.Syntax).length > 0);
}
/**
 * The query after an error at `at` starts there or behind blank space, at the start of a line. An error further on in that
 * line belongs to the query before it.
 */
function nextQuery(text, from, at) {
    const start = skipBlank(text, at);
    const lineStart = text.lastIndexOf('\n', start - 1) + 1;
    if (start >= text.length || lineStart <= from || text.slice(lineStart, start).trim() !== '')
        return undefined;
    const word = /^[\w-]*/.exec(text.slice(start))[0];
    return word === '' || continuesQuery(word) ? undefined : start;
}
/** Past white space and comments. */
function skipBlank(text, from) {
    const blank = /(?:\s+|\/\/[^\n]*)*/y;
    blank.lastIndex = from;
    blank.test(text);
    return blank.lastIndex;
}

;// CONCATENATED MODULE: ./build/kql/diagnose.js
/** All that can be said of one query without running it. */








/**
 * What the service refuses whatever the types and the schema are, though the parser takes it. All other findings of the
 * binder may be wrong where the bundled schema is, so they are warnings.
 */
const MISPLACED = new Set([
    'KS100',
    'KS101',
    'KS102',
    'KS103',
    'KS104',
    'KS144',
    'KS160',
    'KS172',
    'KS174',
    'KS175',
    'KS177',
    'KS191',
    'KS268',
]);
/** Diagnoses one query. It never throws for what a text can be. In the order of the text. */
function diagnose(question) {
    const { text } = question;
    const first = /^(?:\s+|\/\/[^\n]*)*/.exec(text)[0].length;
    const whole = (sentence, length = 0) => ({ start: first, length, sentence });
    if (first >= text.length)
        return [toDiagnosis({ start: 0, length: 0, sentence: (0,kql/* emptyQuery */._B)() })];
    const analysis = analyse(text, question.globals);
    const { code, failure } = analysis;
    const told = code === undefined ? [] : tell(question, analysis, code, whole);
    if (failure !== undefined && !told.some(isError))
        told.push(whole((0,kql/* notAnalysed */.vL)(failure)));
    return told.map(toDiagnosis).sort((a, b) => a.start - b.start || a.length - b.length);
}
function tell(question, analysis, code, whole) {
    const { text, schema, lineAt } = question;
    const { start } = whole((0,kql/* controlCommand */.jw)());
    if (code.Kind !== 'Query')
        return [whole((0,kql/* controlCommand */.jw)(), lineLength(text, start))];
    const [fault] = analysis.syntax;
    if (fault !== undefined) {
        const starts = severalQueries(text, analysis);
        if (starts !== undefined)
            return [severalAt(starts, lineAt)];
        const before = analysis.semantic.filter((finding) => finding.start + finding.length < lineStart(text, fault.start));
        return [tellSyntax(fault, text), ...tellSemantic(before, text, code, schema)];
    }
    const statements = expressionStatements(code.Syntax);
    if (statements.length > 1)
        return [
            severalAt(statements.map((statement) => statement.TextStart), lineAt),
        ];
    const result = code.ResultType;
    if (statements.length === 0)
        return [whole((0,kql/* noResult */.p3)())];
    const told = tellSemantic(analysis.semantic, text, code, schema);
    if (analysis.failure !== undefined)
        return told;
    if (told.length === 0 && result?.Kind === kusto/* kusto */.t.Language.Symbols.SymbolKind['Primitive'])
        told.push(whole((0,kql/* noResult */.p3)()));
    told.push(...doubtfulColumns(code, schema));
    if (!told.some((one) => one.sentence.code === 'kql-unknown-column' || isError(one))) {
        told.push(...checkResult(code, schema, question).map((sentence) => whole(sentence)));
    }
    return told;
}
// --- syntax ---------------------------------------------------------------------------------------------------------
/** Only the first fault: the parser's guesses at how the text goes on after it mislead more than they help. */
function tellSyntax(fault, text) {
    const word = /[\w~!-]*/y;
    word.lastIndex = fault.start;
    const found = word.exec(text)[0] || text.slice(fault.start, fault.start + 1).trim();
    const at = found === '' ? undefined : found;
    const words = fault.code === 'KS176' ? PIPE_OPERATORS : [...INNER_WORDS, ...PIPE_OPERATORS];
    const near = at === undefined || words.includes(at) ? undefined : nearest(at, words);
    return {
        start: fault.start,
        length: Math.max(fault.length, at?.length ?? 0),
        sentence: (0,kql/* syntaxError */.Ip)(fault.message, at, near),
    };
}
function severalAt(starts, lineAt) {
    return { start: starts[1], length: 0, sentence: (0,kql/* severalQueries */.h_)(starts.map(lineAt)) };
}
// --- names and types ------------------------------------------------------------------------------------------------
/**
 * Findings about types are told only where all names are known: a value of an unknown name has no type. Of several findings
 * on one place the first is told.
 */
function tellSemantic(findings, text, code, schema) {
    const about = findings.filter(isAboutName);
    const dropped = new Set();
    const told = [];
    for (const finding of about) {
        const one = tellName(finding, text, code, schema);
        if (one === undefined)
            dropped.add(finding);
        else if (!told.some((other) => other.start === one.start && other.length === one.length))
            told.push(one);
    }
    const others = findings.filter((finding) => !about.includes(finding) && !covers(dropped, finding));
    for (const finding of others) {
        const { start, length, message } = finding;
        if (MISPLACED.has(finding.code))
            told.push({ start, length, sentence: (0,kql/* misplaced */.j5)(message) });
        else if (about.length === dropped.size)
            told.push({ start, length, sentence: (0,kql/* typeMistake */.x$)(message) });
    }
    return told;
}
/** A finding on the same place as a name that is fine after all only follows from it. */
function covers(dropped, finding) {
    return [...dropped].some((name) => name.start >= finding.start && name.start + name.length <= finding.start + finding.length);
}
// --- small things ---------------------------------------------------------------------------------------------------
function isError(told) {
    return told.sentence.severity === 'error';
}
function toDiagnosis({ start, length, sentence }) {
    return { start, length, severity: sentence.severity, code: sentence.code, message: sentence.message };
}
function lineStart(text, offset) {
    return text.lastIndexOf('\n', offset - 1) + 1;
}
function lineLength(text, start) {
    const end = text.indexOf('\n', start);
    return (end < 0 ? text.length : end) - start;
}

;// CONCATENATED MODULE: ./build/kql/validate-files.js
/** Checks query files without running them: the second action, apart from the world it runs in. */



/** Checks every file; a file that can't be read as a query is an error at its place. Rejects only for faults of its own. */
async function validateFiles(work) {
    const globals = (0,schema/* buildGlobals */.p2)(work.schema);
    const diagnostics = [];
    for (const path of work.files) {
        try {
            const content = await work.read(path);
            const file = await work.readQueryFile(path, content);
            const { text, key } = file;
            const lineAt = (offset) => work.locate(file, offset).line;
            const customDetection = isCustomDetection(path, content);
            const found = diagnose({ text, schema: work.schema, globals, lineAt, key, customDetection });
            diagnostics.push(...found.map((diagnosis) => placed(path, file, diagnosis, work)));
        }
        catch (thrown) {
            diagnostics.push(unreadable(path, (0,build_errors/* asGateError */.Ub)(thrown)));
        }
    }
    diagnostics.sort(byPlace);
    const errors = diagnostics.filter((diagnostic) => diagnostic.severity === 'error').length;
    const warnings = diagnostics.length - errors;
    const failed = errors > 0 || (work.failOn === 'warning' && warnings > 0);
    return { verdict: failed ? 'failed' : 'passed', files: work.files, errors, warnings, diagnostics };
}
/** The shape of Graph's `detectionRule` is told from the hunting shape by the key that holds the query. */
function isCustomDetection(path, content) {
    return /\.ya?ml$/i.test(path) && /^[ \t{]*["']?queryCondition["']?\s*:/m.test(content);
}
function placed(path, file, diagnosis, work) {
    const { start, length, severity, code, message } = diagnosis;
    const { line, column } = work.locate(file, start);
    // The end is behind the last character; in a YAML block the character after it may stand on the next line.
    const last = length === 0 ? undefined : work.locate(file, start + length - 1);
    const [endLine, endColumn] = last === undefined ? [undefined, undefined] : [last.line, last.column + 1];
    return { file: path, line, column, endLine, endColumn, severity, code, message };
}
function unreadable(path, error) {
    const { line = 1, column = 1 } = error.place ?? {};
    const message = `${error.message} ${error.hint}`;
    return {
        file: path,
        line,
        column,
        endLine: undefined,
        endColumn: undefined,
        severity: 'error',
        code: error.code,
        message,
    };
}
function byPlace(a, b) {
    if (a.file !== b.file)
        return a.file < b.file ? -1 : 1;
    return a.line - b.line || a.column - b.column;
}

;// CONCATENATED MODULE: ./build/kql/index.js
/** What the second action needs of this room. Loading it loads the Kusto language service: import it lazily. */






/***/ })

};
