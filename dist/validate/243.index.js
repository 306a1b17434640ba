export const id = 243;
export const ids = [243];
export const modules = {

/***/ 9243:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   readSchema: () => (/* binding */ readSchema)
/* harmony export */ });
/* harmony import */ var zod__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(8816);
/* harmony import */ var _errors_kql_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(8030);
/* harmony import */ var _schema_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(2533);
/** Reads the file of the input `schema`: more tables and functions, in the form of `advanced-hunting-schema.json`. */



const NAME = /^[A-Za-z_][A-Za-z0-9_-]*$/;
const name = zod__WEBPACK_IMPORTED_MODULE_2__/* .string */ .YjP().regex(NAME, 'is no name of a table, column or function');
const type = zod__WEBPACK_IMPORTED_MODULE_2__/* ["enum"] */ .k5n(_schema_js__WEBPACK_IMPORTED_MODULE_1__/* .SCALAR_TYPES */ .$m, { error: `is no Kusto type (${_schema_js__WEBPACK_IMPORTED_MODULE_1__/* .SCALAR_TYPES */ .$m.join(', ')})` });
const columns = zod__WEBPACK_IMPORTED_MODULE_2__/* .record */ .g1P(name, type);
const RESULTS = ['input', 'input+columns', 'columns', ..._schema_js__WEBPACK_IMPORTED_MODULE_1__/* .SCALAR_TYPES */ .$m];
const describedFunction = zod__WEBPACK_IMPORTED_MODULE_2__/* .strictObject */ .rej({
    name,
    call: zod__WEBPACK_IMPORTED_MODULE_2__/* ["enum"] */ .k5n(['invoke', 'function']),
    /** Says again what `call` says; kept because the published form has it. */
    tabularInput: zod__WEBPACK_IMPORTED_MODULE_2__/* .boolean */ .zMY().optional(),
    requiredInputColumns: columns.optional(),
    parameters: zod__WEBPACK_IMPORTED_MODULE_2__/* .array */ .YOg(zod__WEBPACK_IMPORTED_MODULE_2__/* .strictObject */ .rej({ name, type, optional: zod__WEBPACK_IMPORTED_MODULE_2__/* .boolean */ .zMY().optional(), default: zod__WEBPACK_IMPORTED_MODULE_2__/* .unknown */ .L5J().optional() }))
        .default([]),
    bareColumnParameters: zod__WEBPACK_IMPORTED_MODULE_2__/* .array */ .YOg(name).optional(),
    result: zod__WEBPACK_IMPORTED_MODULE_2__/* ["enum"] */ .k5n(RESULTS, { error: `is none of ${RESULTS.join(', ')}` }),
    columns: columns.optional(),
});
const file = zod__WEBPACK_IMPORTED_MODULE_2__/* .strictObject */ .rej({
    retrieved: zod__WEBPACK_IMPORTED_MODULE_2__/* .unknown */ .L5J().optional(),
    source: zod__WEBPACK_IMPORTED_MODULE_2__/* .unknown */ .L5J().optional(),
    uncertain: zod__WEBPACK_IMPORTED_MODULE_2__/* .unknown */ .L5J().optional(),
    tables: zod__WEBPACK_IMPORTED_MODULE_2__/* .record */ .g1P(name, columns).default({}),
    functions: zod__WEBPACK_IMPORTED_MODULE_2__/* .array */ .YOg(describedFunction).default([]),
});
/** So many problems are told; a file of the wrong kind has thousands. */
const MOST_PROBLEMS = 10;
/** Throws one `GateError` with every problem and the path to it. */
function readSchema(path, content) {
    let json;
    try {
        json = JSON.parse(content.replace(/^\u{feff}/u, ''));
    }
    catch (thrown) {
        throw (0,_errors_kql_js__WEBPACK_IMPORTED_MODULE_0__/* .badSchema */ .Fx)(path, [`it is no JSON (${thrown.message})`], thrown);
    }
    const read = file.safeParse(json);
    if (!read.success)
        throw (0,_errors_kql_js__WEBPACK_IMPORTED_MODULE_0__/* .badSchema */ .Fx)(path, problems(read.error.issues));
    const { tables, functions } = read.data;
    if (Object.keys(tables).length === 0 && functions.length === 0) {
        throw (0,_errors_kql_js__WEBPACK_IMPORTED_MODULE_0__/* .badSchema */ .Fx)(path, ['it has neither tables nor functions']);
    }
    return { tables, functions };
}
function problems(issues) {
    const told = issues.slice(0, MOST_PROBLEMS).map((issue) => {
        const place = issue.path.map(String).join('.');
        return `${place === '' ? 'the file' : place}: ${sentence(issue)}`;
    });
    const more = issues.length - told.length;
    return more > 0 ? [...told, `and ${more} more`] : told;
}
function sentence(issue) {
    if (issue.code === 'unrecognized_keys')
        return `unknown key ${issue.keys.join(', ')}`;
    if (issue.code === 'invalid_key')
        return 'is no name of a table, column or function';
    return issue.message;
}


/***/ })

};
