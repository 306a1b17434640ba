/**
 * Makes the language service several times faster. It is compiled from C#, and some helpers of its runtime are called millions
 * of times though their answer is always the same: whether a class is another one, which instance of a generic type is meant,
 * what a member is called. Each one here takes the short way where there is one and else asks the original.
 */

type Instance = { readonly [member: string]: unknown }
/** A class of the runtime; the same object is its constructor. */
type Type = object & {
  readonly $kind?: string
  readonly $$inherits?: object
  readonly $is?: unknown
  readonly $literal?: unknown
  readonly $isArray?: unknown
}
type Is = (value: unknown, type: Type, ignoreFn?: boolean, allowNull?: boolean) => boolean
type As = (value: unknown, type: Type, allowNull?: boolean) => unknown
type Count = (list: Instance, type?: object) => number
type Item = (list: Instance, index: number, type?: object) => unknown
type Ref = (owner: Record<PropertyKey, unknown>, name: unknown) => { v: unknown }
type DefaultValue = (type: object | null | undefined) => unknown
type HasValue = (value: unknown) => boolean
type Equals = (a: unknown, b: unknown) => boolean
type MemberName = (owner: Instance, first: string, second?: string) => string
type ArrayType = (element: object, rank?: number, array?: object) => object
type CachedType = (generic: object, parameters: ArrayLike<object>) => object | null

interface Runtime {
  readonly Bridge?: {
    is?: Is
    as?: As
    cast?: As
    ref?: Ref
    getDefaultValue?: DefaultValue
    geti?: MemberName
    hasValue?: HasValue
    referenceEquals?: Equals
    staticEquals?: Equals
    readonly Class?: { getCachedType?: CachedType }
  }
  readonly System?: {
    readonly Array?: { getCount?: Count; getItem?: Item; type?: ArrayType }
  }
}

/** An `out` parameter: a view of one property of another object. */
class Reference {
  readonly owner: Record<PropertyKey, unknown>
  readonly name: PropertyKey

  constructor(owner: Record<PropertyKey, unknown>, name: PropertyKey) {
    this.owner = owner
    this.name = name
  }

  get v(): unknown {
    return this.owner[this.name]
  }

  set v(value: unknown) {
    this.owner[this.name] = value
  }
}

/** Replaces the helpers that are there; a runtime that looks different is left alone. Call it once. */
export function speedUp(runtime: unknown): void {
  const { Bridge, System } = runtime as Runtime
  const list = System?.Array
  if (Bridge?.ref !== undefined) Bridge.ref = fasterRef(Bridge.ref)
  if (Bridge?.is !== undefined && Bridge.as !== undefined && Bridge.cast !== undefined) {
    const { is, as, cast } = fasterIs(Bridge.is, Bridge.as, Bridge.cast)
    Object.assign(Bridge, { is, as, cast })
  }
  if (Bridge?.getDefaultValue !== undefined) Bridge.getDefaultValue = fasterDefaultValue(Bridge.getDefaultValue)
  if (Bridge?.geti !== undefined) Bridge.geti = fasterMemberName(Bridge.geti)
  if (Bridge?.hasValue !== undefined) Bridge.hasValue = fasterHasValue(Bridge.hasValue)
  if (Bridge?.referenceEquals !== undefined) Bridge.referenceEquals = fasterReferenceEquals(Bridge.referenceEquals)
  if (Bridge?.staticEquals !== undefined) Bridge.staticEquals = fasterStaticEquals(Bridge.staticEquals)
  if (Bridge?.Class?.getCachedType !== undefined) {
    Bridge.Class.getCachedType = fasterCachedType(Bridge.Class.getCachedType)
  }
  if (list?.getCount !== undefined) list.getCount = fasterCount(list.getCount)
  if (list?.getItem !== undefined) list.getItem = fasterItem(list.getItem)
  if (list?.type !== undefined) list.type = fasterArrayType(list.type)
}

function fasterIs(original: Is, originalAs: As, originalCast: As): { is: Is; as: As; cast: As } {
  /** What was answered for an instance of the class; a class never changes its parents. */
  const known = new Map<Type, Map<unknown, boolean>>()

  /** For a first instance of its class, and for all that needs a look at the value itself. */
  const ask = (value: object, type: Type): boolean => {
    const answer = original(value, type)
    if (!dependsOnClassesAlone(value, type)) return answer
    const answers = known.get(type)
    if (answers === undefined) known.set(type, new Map([[value.constructor, answer]]))
    else answers.set(value.constructor, answer)
    return answer
  }

  const isObject = (value: object, type: Type): boolean => known.get(type)?.get(value.constructor) ?? ask(value, type)

  return {
    is: (value, type, ignoreFn, allowNull) =>
      isUnboxed(value) && ignoreFn !== true ? isObject(value, type) : original(value, type, ignoreFn, allowNull),
    as: (value, type, allowNull) => {
      if (!isUnboxed(value)) return originalAs(value, type, allowNull)
      return isObject(value, type) ? value : null
    },
    cast: (value, type, allowNull) =>
      isUnboxed(value) && isObject(value, type) ? value : originalCast(value, type, allowNull),
  }
}

/** An object, and not one that a value of C# stands in: the constructor of such a box is that of what is in it. */
function isUnboxed(value: unknown): value is object {
  return typeof value === 'object' && value !== null && (value as { $boxed?: unknown }).$boxed === undefined
}

function isInstance(value: unknown): boolean {
  return isUnboxed(value) && !Array.isArray(value)
}

/** Arrays, plain objects and values in boxes carry their type with them, and some types look at the value. */
function dependsOnClassesAlone(value: object, type: Type): boolean {
  const own: unknown = value.constructor
  if (typeof own !== 'function' || own === Object || Array.isArray(value)) return false
  const { $kind, $$inherits, $isArray } = own as unknown as Type
  if (($kind === undefined && $$inherits === undefined) || $isArray !== undefined) return false
  if (Object.getPrototypeOf(value) !== own.prototype) return false
  const isClass = typeof (type as unknown) === 'function' && type.$kind !== undefined
  return isClass && type.$is === undefined && type.$literal === undefined
}

/** Only what is no object is kept: a new object may be wanted at every call. */
function fasterDefaultValue(original: DefaultValue): DefaultValue {
  const known = new Map<object | null | undefined, unknown>()
  return (type) => {
    const found = known.get(type)
    if (found !== undefined) return found
    const value = original(type)
    if (value === null || typeof value !== 'object') known.set(type, value)
    return value
  }
}

/** A box may be empty, and what is in an array is taken out of its boxes on the way. */
function fasterHasValue(original: HasValue): HasValue {
  return (value) => {
    if (value === null || value === undefined) return false
    return typeof value !== 'object' || isInstance(value) || original(value)
  }
}

function fasterReferenceEquals(original: Equals): Equals {
  return (a, b) => (isInstance(a) ? a === b : original(a, b))
}

/** Mostly it is asked whether there is a function to call. */
function fasterStaticEquals(original: Equals): Equals {
  return (a, b) => (b === null && (typeof a === 'function' || a === null) ? a === null : original(a, b))
}

/** The member has a long name, a shorter one, or the plain one that is cut out of the longer one here. */
function fasterMemberName(original: MemberName): MemberName {
  const plain = new Map<string, string>()
  return (owner, first, second) => {
    if (owner[first] !== undefined) return first
    if (second && owner[second] != null) return second
    const long = second || first
    const found = plain.get(long)
    if (found !== undefined) return found
    const name = original(owner, first, second)
    plain.set(long, name)
    return name
  }
}

/** A generic type may have a hundred instances, which are searched one after the other. */
function fasterCachedType(original: CachedType): CachedType {
  const known = new Map<object, Map<object, object>>()
  const pairs = new Map<object, Map<object, Map<object, object>>>()
  return (generic, parameters) => {
    const { length } = parameters
    if (length !== 1 && length !== 2) return original(generic, parameters)
    const [first, last] = [parameters[0]!, parameters[length - 1]!]
    const instances = length === 1 ? known.get(generic) : pairs.get(generic)?.get(first)
    const found = instances?.get(last)
    if (found !== undefined) return found
    const instance = original(generic, parameters)
    if (instance === null) return null
    if (instances !== undefined) instances.set(last, instance)
    else if (length === 1) known.set(generic, new Map([[last, instance]]))
    else if (pairs.has(generic)) pairs.get(generic)!.set(first, new Map([[last, instance]]))
    else pairs.set(generic, new Map([[first, new Map([[last, instance]])]]))
    return instance
  }
}

function fasterArrayType(original: ArrayType): ArrayType {
  const known = new Map<object, object>()
  return (element, rank, array) => {
    if (rank !== undefined && rank !== 1) return original(element, rank, array)
    let type = known.get(element)
    if (type === undefined) {
      type = original(element)
      known.set(element, type)
    }
    if (!array) return type
    ;(array as { $type?: object }).$type = type
    return array
  }
}

function fasterCount(original: Count): Count {
  return (list, type) => {
    if (Array.isArray(list)) return list.length
    const count = list['Count']
    return typeof count === 'number' ? count : original(list, type)
  }
}

function fasterItem(original: Item): Item {
  return (list, index, type) => {
    // Without a type, plain values of an array have to be boxed.
    if (!type) return original(list, index, type)
    if (Array.isArray(list)) return list[index]
    const { getItem } = list
    return typeof getItem === 'function' ? getItem.call(list, index) : original(list, index, type)
  }
}

function fasterRef(original: Ref): Ref {
  return (owner, name) =>
    typeof name === 'string' || typeof name === 'number' ? new Reference(owner, name) : original(owner, name)
}
