export const id = 613;
export const ids = [613];
export const modules = {

/***/ 6613:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {


// EXPORTS
__webpack_require__.d(__webpack_exports__, {
  loadConfig: () => (/* binding */ loadConfig)
});

// EXTERNAL MODULE: ./build/errors/settings.js
var settings = __webpack_require__(8953);
// EXTERNAL MODULE: ./node_modules/zod/v4/core/registries.js
var registries = __webpack_require__(9396);
// EXTERNAL MODULE: ./node_modules/zod/v4/mini/schemas.js + 5 modules
var schemas = __webpack_require__(8395);
// EXTERNAL MODULE: ./node_modules/zod/v4/core/core.js
var core = __webpack_require__(8532);
// EXTERNAL MODULE: ./node_modules/zod/v4/core/api.js + 1 modules
var api = __webpack_require__(7626);
// EXTERNAL MODULE: ./build/settings/inputs.js + 1 modules
var inputs = __webpack_require__(5640);
// EXTERNAL MODULE: ./build/settings/lists.js
var lists = __webpack_require__(7665);
// EXTERNAL MODULE: ./build/settings/parse.js
var parse = __webpack_require__(4667);
// EXTERNAL MODULE: ./build/settings/words.js
var words = __webpack_require__(9141);
;// CONCATENATED MODULE: ./build/settings/config-schema.js
/**
 * The shape of the config file: the one source for its parser, its types and the published JSON Schema. The forms of
 * single values, with their descriptions, are those of the inputs.
 */





/** JSON Schema keywords by schema node. */
const keywords = registries/* registry */.u5();
/** A single value, read by its form. */
function leaf(form, description) {
    return schemas/* pipe */.FsL(schemas/* unknown */.L5J().register(keywords, { ...form.schema, description }), schemas/* transform */.pdi((value, context) => {
        const parsed = form.read(value);
        if (parsed.ok)
            return parsed.value;
        for (const fault of parsed.faults) {
            const params = { fault };
            context.issues.push({ code: 'custom', input: value, path: [...fault.at], params });
        }
        return core/* NEVER */.tm;
    }));
}
/** A key with the form and description of the input of the same name. */
function asInput(name) {
    return schemas/* optional */.lqM(leaf(inputs/* INPUTS */.mc[name].form, inputs/* INPUTS */.mc[name].description));
}
/** Exactly one of `keys` must be there. It is told also where other keys are wrong. */
function exactlyOneOf(of) {
    return schemas/* superRefine */.zni((value, context) => {
        if (typeof value !== 'object' || value === null)
            return;
        const given = of.filter((key) => Object.hasOwn(value, key));
        if (given.length === 1)
            return;
        const params = { exactlyOne: { of, given } };
        context.addIssue({ code: 'custom', params });
    }, { when: () => true });
}
const oneOfRequired = (keys) => ({ oneOf: keys.map((key) => ({ required: [key] })) });
/** A value of a column: compared as text. Numbers come as they are written in the file (see config-file.ts). */
const cell = {
    needs: 'text, a number, `true` or `false`',
    schema: { type: ['string', 'number', 'boolean'] },
    read: (value) => typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
        ? (0,parse/* good */.uw)(String(value))
        : (0,parse/* bad */.MB)(value, cell.needs),
};
const POLICY = {
    'max-findings': asInput('max-findings'),
    'min-findings': asInput('min-findings'),
    mode: asInput('mode'),
    'on-error': asInput('on-error'),
};
const LIST_KEYS = {
    'min-severity': asInput('min-severity'),
    'created-within': asInput('created-within'),
    'ignore-classification': asInput('ignore-classification'),
};
const HUNTING_KEYS = { timespan: asInput('timespan'), severity: asInput('severity'), key: asInput('key') };
const STATUS = 'The states that count as open; an unknown state is open.';
const INCIDENTS = {
    status: schemas/* optional */.lqM(leaf(words/* incidentStates */.bt, `${STATUS} Default: \`active, inProgress, awaitingAction\`.`)),
    ...LIST_KEYS,
    tags: asInput('tags'),
};
const ALERTS = { status: schemas/* optional */.lqM(leaf(words/* alertStates */.NN, `${STATUS} Default: \`new, inProgress\`.`)), ...LIST_KEYS };
const SOURCES = ['query', 'query-file', 'queries'];
const HUNTING = {
    query: schemas/* optional */.lqM(leaf(parse/* text */.Qq, 'The KQL text of the query.')),
    'query-file': schemas/* optional */.lqM(leaf(parse/* path */.Ae, 'Path of one query file, relative to the workspace.')),
    queries: schemas/* optional */.lqM(leaf(lists/* globs */.gV, 'Globs of query files, relative to the workspace; `!` excludes. Each file is a check of its own.')),
    ...HUNTING_KEYS,
};
const DEFAULTS = { ...POLICY, status: asInput('status'), ...LIST_KEYS, tags: asInput('tags'), ...HUNTING_KEYS };
const KINDS = ['incidents', 'alerts', 'hunting'];
const CHECK = {
    id: leaf(parse/* checkId */.ij, 'Id of the check, unique in this file: lower-case letters, digits and `-`.'),
    title: schemas/* optional */.lqM(leaf(parse/* line */.n8, 'What reports call the check.')),
    incidents: schemas/* optional */.lqM(schemas/* nullable */.mee(schemas/* strictObject */.rej(INCIDENTS).register(keywords, { description: 'Ask for open incidents.' }))),
    alerts: schemas/* optional */.lqM(schemas/* nullable */.mee(schemas/* strictObject */.rej(ALERTS).register(keywords, { description: 'Ask for open alerts.' }))),
    hunting: schemas/* optional */.lqM(schemas/* strictObject */.rej(HUNTING)
        .check(exactlyOneOf(SOURCES))
        .register(keywords, {
        description: 'Ask an advanced hunting query (KQL); every row is a finding.',
        ...oneOfRequired(SOURCES),
    })),
    ...POLICY,
};
const TENANT = {
    id: leaf(parse/* tenantId */.i8, 'Directory (tenant) id, a GUID, or a verified domain.'),
    name: schemas/* optional */.lqM(leaf(parse/* line */.n8, 'Shown in place of the id.')),
};
const SUPPRESSION = {
    check: leaf(parse/* text */.Qq, 'Id of the check that it belongs to; for a check over `queries` it covers all its files.'),
    where: schemas/* record */.g1P(schemas/* string */.YjP(), leaf(cell, 'The value, compared without regard to case.'))
        .check(schemas/* superRefine */.zni((columns, context) => {
        if (Object.keys(columns).length > 0)
            return;
        const params = { fault: { at: [], given: {}, needs: 'a mapping with at least one column' } };
        context.addIssue({ code: 'custom', params });
    }))
        .register(keywords, {
        description: 'Columns that must all have these values; for incidents and alerts `id` and `title`.',
        minProperties: 1,
    }),
    reason: leaf(parse/* text */.Qq, 'Why it is accepted.'),
    owner: schemas/* optional */.lqM(leaf(parse/* line */.n8, 'Who answers for it.')),
    expires: leaf(parse/* date */.p6, 'Last day on which it holds, as YYYY-MM-DD, UTC.'),
};
const ROOT = {
    tenants: schemas/* optional */.lqM(schemas/* array */.YOg(schemas/* strictObject */.rej(TENANT))
        .check(api/* _minLength */.m9(1))
        .register(keywords, { description: 'The tenants to check. The input `tenant-id` replaces them.' })),
    defaults: schemas/* optional */.lqM(schemas/* nullable */.mee(schemas/* strictObject */.rej(DEFAULTS).register(keywords, { description: 'Values for every check that does not set its own.' }))),
    checks: schemas/* array */.YOg(schemas/* strictObject */.rej(CHECK).check(exactlyOneOf(KINDS)).register(keywords, oneOfRequired(KINDS)))
        .check(api/* _minLength */.m9(1))
        .register(keywords, { description: 'What to ask. Every check is evaluated and reported.' }),
    suppressions: schemas/* optional */.lqM(schemas/* nullable */.mee(schemas/* array */.YOg(schemas/* strictObject */.rej(SUPPRESSION))
        .register(keywords, { description: 'Findings that are accepted until a day, with a reason.' }))),
};
const configSchema = schemas/* strictObject */.rej(ROOT).register(keywords, {
    title: 'Defender Gate',
    description: 'Config file of the Defender Gate action.',
});
/** The keys that are allowed at a place of the file. */
function keysAt(path) {
    const [section, , kind] = path;
    if (section === undefined)
        return Object.keys(ROOT);
    if (section === 'tenants')
        return Object.keys(TENANT);
    if (section === 'defaults')
        return Object.keys(DEFAULTS);
    if (section === 'suppressions')
        return Object.keys(SUPPRESSION);
    if (kind === 'incidents')
        return Object.keys(INCIDENTS);
    if (kind === 'alerts')
        return Object.keys(ALERTS);
    return Object.keys(kind === 'hunting' ? HUNTING : CHECK);
}
/** The published JSON Schema: draft 7, which the YAML servers of editors know best. */
function configJsonSchema() {
    const { '~standard': _, ...schema } = z.toJSONSchema(configSchema, {
        io: 'input',
        target: 'draft-07',
        metadata: keywords,
        reused: 'inline',
    });
    return schema;
}

// EXTERNAL MODULE: ./build/settings/show.js
var show = __webpack_require__(3867);
// EXTERNAL MODULE: ./node_modules/yaml/dist/index.js
var dist = __webpack_require__(8815);
;// CONCATENATED MODULE: ./build/settings/yaml-text.js
/** From the text of the config file to plain values with places: YAML 1.2 core, one document, nothing executable. */


/** More aliases than anybody writes; fewer than any expansion attack needs. */
const MOST_ALIASES = 100;
/** `undefined` when the text can't be used; the reasons are then in `problems`. */
function readYaml(file, text, problems) {
    const lines = new dist.LineCounter();
    const place = (offset) => {
        const { line, col } = lines.linePos(offset);
        return { file, line: Math.max(line, 1), column: Math.max(col, 1) };
    };
    const fail = (offset, says, mend) => {
        if (!problems.full)
            problems.add((0,settings/* configSyntax */.qw)({ name: 'The config file', place: place(offset) }, says, mend));
    };
    const document = (0,dist.parseDocument)(text, {
        lineCounter: lines,
        // Messages without the line of the file: this page makes its own.
        prettyErrors: false,
        // With `silent` a second document would be dropped without a word.
        logLevel: 'error',
        version: '1.2',
        // Named, so that a `%YAML 1.1` line does not bring back `yes` as a boolean.
        schema: 'core',
        merge: false,
        resolveKnownTags: false,
        stringKeys: true,
        // The library compares every key with every other; inspect() below does it in one pass.
        uniqueKeys: false,
    });
    const faults = [...document.errors, ...document.warnings];
    for (const error of faults) {
        if (problems.full)
            break;
        fail(error.pos[0], ...sentence(error, problems));
    }
    if (faults.length > 0)
        return undefined;
    try {
        if (!inspect(document, fail, problems))
            return undefined;
        if (!(0,dist.isMap)(document.contents)) {
            const empty = document.contents === null || ((0,dist.isScalar)(document.contents) && document.contents.value === null);
            fail(document.contents?.range?.[0] ?? 0, empty ? 'is empty.' : 'is no mapping.', 'It needs a key `checks` with a list of checks.');
            return undefined;
        }
        keepCellsAsWritten(document);
        const root = document.toJS({ maxAliasCount: MOST_ALIASES });
        return { root, placeOf: (path, at = 'value') => place(offsetOf(document, path, at)) };
    }
    catch (error) {
        // The library's answer to expansion attacks is a ReferenceError, the engine's answer to nesting a RangeError.
        if (!(error instanceof ReferenceError || error instanceof RangeError))
            throw error;
        fail(0, 'is nested too deeply or repeats itself through aliases too often.', 'Write the values out, without `&` and `*`.');
        return undefined;
    }
}
/** Our sentence for what the library found. */
function sentence(error, problems) {
    switch (error.code) {
        case 'TAB_AS_INDENT':
            return ['is indented with a tab.', 'YAML is indented with spaces: replace the tab.'];
        case 'MULTIPLE_DOCS':
            return [
                'holds more than one YAML document.',
                'Keep one document: remove the line `---` or `...` and what follows it.',
            ];
        case 'TAG_RESOLVE_FAILED':
            return [
                'uses a YAML tag (`!name`), which is not supported.',
                'Remove the tag, or put text that begins with `!` in quotes.',
            ];
        case 'NON_STRING_KEY':
            return ['has a key that is no text.', 'Put the key in quotes.'];
        case 'KEY_OVER_1024_CHARS':
            return [
                'has a key that is longer than 1,024 characters.',
                'Check the line: a quote or line break may be missing.',
            ];
        case 'RESOURCE_EXHAUSTION':
            return ['is nested too deeply.', 'Remove the nesting.'];
        default:
            return [
                `is not well-formed YAML: ${problems.name(error.message, 200)}.`,
                'Check indentation, quotes and brackets at this line.',
            ];
    }
}
/** Looks at every node once. False when it is not safe to go on. */
function inspect(document, fail, problems) {
    let aliases = 0;
    let safe = true;
    const anchors = new Set();
    (0,dist.visit)(document, {
        Scalar: (_key, { anchor }) => {
            if (anchor !== undefined)
                anchors.add(anchor);
        },
        Seq: (_key, { anchor }) => {
            if (anchor !== undefined)
                anchors.add(anchor);
        },
        Alias: (_key, alias) => {
            aliases += 1;
            if (!anchors.has(alias.source)) {
                fail(alias.range?.[0] ?? 0, 'uses an alias (`*name`) without an anchor (`&name`) before it.', 'Define the anchor first, or put text that begins with `*` in quotes.');
                safe = false;
            }
            if (aliases !== MOST_ALIASES + 1)
                return;
            fail(alias.range?.[0] ?? 0, `uses more than ${MOST_ALIASES} aliases.`, 'Write the values out, without `&` and `*`.');
            safe = false;
        },
        Map: (_key, map) => {
            if (map.anchor !== undefined)
                anchors.add(map.anchor);
            const seen = new Set();
            for (const { key } of map.items) {
                const name = String((0,dist.isScalar)(key) ? key.value : '');
                const offset = key.range?.[0] ?? 0;
                if (seen.has(name))
                    fail(offset, `has the key \`${problems.name(name)}\` twice.`, 'Keep one of the two.');
                seen.add(name);
                if (name !== '__proto__')
                    continue;
                fail(offset, 'has the key `__proto__`, which is not allowed.', 'Remove the key.');
                safe = false;
            }
        },
    });
    return safe;
}
const follow = (node, document) => ((0,dist.isAlias)(node) ? node.resolve(document) : node);
/** Columns are compared as text: `007` and numbers beyond 2^53 must stay as they are written. */
function keepCellsAsWritten(document) {
    const suppressions = follow(document.get('suppressions', true), document);
    if (!(0,dist.isSeq)(suppressions))
        return;
    for (const item of suppressions.items) {
        const suppression = follow(item, document);
        const where = (0,dist.isMap)(suppression) ? follow(suppression.get('where', true), document) : undefined;
        if (!(0,dist.isMap)(where))
            continue;
        for (const { value } of where.items) {
            const cell = follow(value, document);
            if ((0,dist.isScalar)(cell) && (typeof cell.value === 'number' || typeof cell.value === 'boolean'))
                cell.value = cell.source ?? String(cell.value);
        }
    }
}
function offsetOf(document, path, at) {
    let node = document.contents;
    let offset = document.contents?.range?.[0] ?? 0;
    for (const [depth, step] of path.entries()) {
        const last = depth === path.length - 1;
        const here = follow(node, document);
        if ((0,dist.isMap)(here)) {
            const pair = here.items.find(({ key }) => (0,dist.isScalar)(key) && key.value === step);
            if (pair === undefined)
                return offset;
            const key = pair.key.range?.[0] ?? offset;
            const value = pair.value;
            const written = (0,dist.isAlias)(value) || ((0,dist.isScalar)(value) && value.value !== null);
            offset = written && !(last && at === 'key') ? (value.range?.[0] ?? key) : key;
            node = value;
        }
        else if ((0,dist.isSeq)(here)) {
            const item = here.items[Number(step)];
            if (item === undefined)
                return offset;
            offset = item.range?.[0] ?? offset;
            node = item;
        }
        else
            return offset;
    }
    return offset;
}
/** `checks[2].hunting.timespan`; a key that is no plain word is made safe and quoted. */
function pathName(path, problems) {
    return path
        .map((step, index) => {
        if (typeof step === 'number')
            return `[${step}]`;
        if (/^[\w-]{1,60}$/.test(step))
            return index === 0 ? step : `.${step}`;
        return `["${problems.name(step)}"]`;
    })
        .join('');
}
/** The subject of a problem at `path`. */
function subjectAt(yaml, path, problems, at = 'value') {
    return {
        name: path.length === 0 ? 'The config file' : `\`${pathName(path, problems)}\``,
        place: yaml.placeOf(path, at),
    };
}

;// CONCATENATED MODULE: ./build/settings/config-file.js
/** Reads the config file: bounds, YAML, shape and the rules between its keys. Every problem at once, with line and column. */





const MEBIBYTE = 1024 * 1024;
/** `path` is absolute and inside the workspace, `label` what messages call it. `undefined`: it can't be read at all. */
async function loadConfig(path, label, files, problems) {
    const text = await readBounded(path, label, files, problems);
    if (text === undefined)
        return undefined;
    const yaml = readYaml(label, text, problems);
    if (yaml === undefined)
        return undefined;
    return { file: shape(yaml, problems), root: yaml.root, subject: (keys, at) => subjectAt(yaml, keys, problems, at) };
}
function shape(yaml, problems) {
    try {
        const parsed = configSchema.safeParse(yaml.root, { jitless: true });
        if (!parsed.success)
            tellIssues(parsed.error.issues, yaml, problems);
        return parsed.data;
    }
    catch (error) {
        // zod passes its issues as arguments: a hundred thousand of them overflow the stack.
        if (!(error instanceof RangeError))
            throw error;
        const mend = 'Check it in an editor with the JSON Schema of the action.';
        problems.add((0,settings/* configSyntax */.qw)(subjectAt(yaml, [], problems), 'has more faults than can be told.', mend));
        return undefined;
    }
}
async function readBounded(path, label, files, problems) {
    const refuse = (says, mend) => {
        problems.add((0,settings/* configUnreadable */.QR)(problems.input('config'), says, mend));
        return undefined;
    };
    const name = `"${problems.name(label, 200)}"`;
    if (!(await files.exists(path))) {
        return refuse(`names ${name}, which does not exist.`, 'Give a path relative to the workspace, and run `actions/checkout` before this step.');
    }
    try {
        if ((await files.size(path)) > MEBIBYTE)
            return refuse(`names ${name}, which is larger than 1 MiB.`, 'Split the checks over several files and steps.');
        const text = await files.readText(path);
        // UTF-16 and binary files come back with these.
        if (/[\u0000\ufffd]/.test(text))
            return refuse(`names ${name}, which is no text in UTF-8.`, 'Save the file as UTF-8.');
        return text;
    }
    catch {
        return refuse(`names ${name}, which can not be read as a file.`, 'Give the path of a file that the runner may read.');
    }
}
function tellIssues(issues, yaml, problems) {
    for (const issue of issues) {
        if (problems.full)
            return;
        const path = issue.path;
        const subject = subjectAt(yaml, path, problems);
        if (issue.code === 'unrecognized_keys') {
            for (const key of issue.keys)
                tellUnknownKey(key, path, yaml, problems);
        }
        else if (issue.code === 'custom') {
            const { fault, exactlyOne } = issue.params;
            if (fault !== undefined)
                problems.faults(subject, [fault]);
            if (exactlyOne !== undefined && !isTypo(issue, issues, exactlyOne)) {
                problems.add(notExactlyOne(subject, exactlyOne));
            }
        }
        else {
            const given = valueAt(yaml.root, path);
            const needs = shapeOf(issue);
            if (given === undefined)
                problems.add((0,settings/* valueMissing */.CT)(subject, needs));
            else
                problems.add((0,settings/* valueInvalid */.tO)(subject, problems.show(given), needs, undefined));
        }
    }
}
/** What the schema wants at the place of an issue that is not ours. */
function shapeOf(issue) {
    if (issue.code === 'too_small')
        return 'a list with at least one item';
    return issue.code === 'invalid_type' && issue.expected === 'array' ? 'a list' : 'a mapping';
}
/** None of the keys is there, but one is there misspelled and told as such. */
function isTypo(issue, issues, { of, given }) {
    if (given.length > 0)
        return false;
    const here = issue.path.join('/');
    return issues.some((other) => other.code === 'unrecognized_keys' &&
        other.path.join('/') === here &&
        other.keys.some((key) => (0,show/* nearest */.pA)(key, of) !== undefined));
}
function notExactlyOne(subject, { of, given }) {
    const named = (keys, word) => keys.map((key) => `\`${key}\``).join(word);
    const says = given.length === 0 ? `has none of ${named(of, ', ')}.` : `has ${named(given, ' and ')}, which exclude each other.`;
    return (0,settings/* configConflict */.lM)(subject, says, `Give exactly one of ${named(of, ', ')}.`);
}
function tellUnknownKey(key, path, yaml, problems) {
    if (problems.full)
        return;
    const allowed = keysAt(path);
    const meant = (0,show/* nearest */.pA)(key, allowed);
    const mend = (meant === undefined ? rightPlace(key, path) : `Did you mean \`${meant}\`?`) ??
        `Allowed here: ${allowed.map((each) => `\`${each}\``).join(', ')}.`;
    problems.add((0,settings/* unknownKey */.a)(subjectAt(yaml, [...path, key], problems, 'key'), mend));
}
/** Where a key belongs that is right at another place. */
function rightPlace(key, path) {
    const kinds = KINDS.filter((kind) => keysAt(['checks', 0, kind]).includes(key));
    if (path[0] === 'defaults') {
        return key === 'id' || key === 'title' || kinds.length > 0
            ? `\`${key}\` belongs to one check: move it there.`
            : undefined;
    }
    if (path[0] === 'checks') {
        if (keysAt(['checks', 0]).includes(key))
            return `Move it up, beside \`${String(path[2])}\`.`;
        if (kinds.length > 0)
            return `Move it under ${kinds.map((kind) => `\`${kind}\``).join(' or ')}.`;
    }
    if (path.length > 0)
        return undefined;
    if (keysAt(['defaults']).includes(key))
        return 'Move it under `defaults`, or to a check.';
    return inputs/* INPUT_NAMES */.Qh.includes(key)
        ? `Give it as the input \`${key}\` of the action: the config file has no such key.`
        : undefined;
}
function valueAt(root, path) {
    let value = root;
    for (const step of path) {
        if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step))
            return undefined;
        value = value[step];
    }
    return value;
}


/***/ })

};
