// Reads the description of the API: OpenAPI 3.1, as much of it as there is in ours.

const METHODS = ['get', 'post', 'put', 'patch', 'delete']
const OTHERS = 'other'

/** The description in sections, one for each tag, in the order in which it names them. */
export function readDescription(document) {
  const resolve = (value) => (value?.$ref ? resolve(follow(document, value.$ref)) : value)
  const sections = new Map((document.tags ?? []).map(({ name, description }) => [name, { name, description, operations: [] }]))
  for (const [path, item] of Object.entries(document.paths)) {
    for (const method of METHODS.filter((each) => item[each])) {
      const operation = readOperation(resolve, method, path, item[method])
      const tag = item[method].tags?.[0] ?? OTHERS
      if (!sections.has(tag)) sections.set(tag, { name: tag, operations: [] })
      sections.get(tag).operations.push(operation)
    }
  }
  for (const section of sections.values()) section.fields = fieldsOf(resolve, document.components?.schemas?.[section.name])
  return [...sections.values()].filter(({ operations }) => operations.length)
}

function follow(document, reference) {
  const names = reference.slice(2).split('/').map((each) => each.replaceAll('~1', '/').replaceAll('~0', '~'))
  return names.reduce((value, name) => value[name], document)
}

function readOperation(resolve, method, path, operation) {
  const body = resolve(operation.requestBody)
  const answers = Object.entries(operation.responses ?? {}).map(([status, answer]) => ({ status, ...resolve(answer) }))
  const shown = answers.find(({ status, content }) => status.startsWith('2') && content)
  return {
    id: operation.operationId,
    method: method.toUpperCase(),
    path,
    summary: operation.summary ?? operation.operationId,
    description: operation.description,
    parameters: (operation.parameters ?? []).map((each) => readParameter(resolve, each)),
    bodies: Object.entries(body?.content ?? {}).map(([media, content]) => readBody(resolve, media, content)),
    answers: answers.map(({ status, description }) => ({ status, description })),
    accepts: Object.keys(shown?.content ?? {}),
  }
}

function readParameter(resolve, parameter) {
  const { name, in: place, description, required, schema, example } = resolve(parameter)
  const { format, enum: choices, ...type } = resolve(schema) ?? {}
  return { name, place, description, required, condition: format === 'condition', choices, whole: typeOf(type) === 'integer', example }
}

function readBody(resolve, media, { schema, example, encoding }) {
  const whole = resolve(schema) ?? {}
  const record = resolve((whole.oneOf ?? whole.anyOf)?.[0]) ?? whole
  const fields = Object.entries(record.properties ?? {}).map(([name, each]) => {
    const property = resolve(each)
    const file = property.format === 'binary'
    const accept = encoding?.[name]?.contentType
    return { name, file, accept, required: record.required?.includes(name) ?? false, choices: property.enum, description: property.description }
  })
  return { media, fields, example: example ?? (media.includes('json') ? sample(resolve, whole) : undefined) }
}

/** A value that a schema takes: of an object, what is needed, or else its first few members. */
function sample(resolve, schema, depth = 0) {
  const given = resolve(schema) ?? {}
  if (given.default !== undefined || given.const !== undefined || given.enum) return given.default ?? given.const ?? given.enum[0]
  if (given.oneOf || given.anyOf) return sample(resolve, (given.oneOf ?? given.anyOf)[0], depth)
  const type = typeOf(given)
  if (type === 'object' && depth < 3) {
    const names = given.required ?? Object.keys(given.properties ?? {}).slice(0, 3)
    return Object.fromEntries(names.map((name) => [name, sample(resolve, given.properties?.[name], depth + 1)]))
  }
  if (type === 'array') return depth ? [] : [sample(resolve, given.items, depth + 1)]
  return { object: {}, integer: given.minimum ?? 1, number: given.minimum ?? 1, boolean: true, null: null }[type] ?? ''
}

function fieldsOf(resolve, schema) {
  return Object.entries(schema?.properties ?? {}).map(([name, each]) => {
    const property = resolve(each) ?? {}
    return { name, type: say(each, property), description: property.description }
  })
}

/** A type in words: "text (date), or null". */
function say(raw, property) {
  if (raw.$ref) return raw.$ref.split('/').at(-1)
  const choices = property.oneOf ?? property.anyOf
  if (choices) return choices.map((each) => say(each, each)).join(' or ')
  if (property.type === 'array' || (Array.isArray(property.type) && property.type.includes('array'))) return `list of ${say(property.items ?? {}, property.items ?? {})}`
  if (property.enum) return property.enum.map((each) => `${each}`).join(' | ')
  const types = [property.type].flat().filter(Boolean)
  const words = types.map((each) => (each === 'string' ? 'text' : each)).join(' or ') || 'any'
  return property.format ? `${words} (${property.format})` : words
}

function typeOf(schema) {
  return [schema?.type].flat().find((each) => each !== 'null') ?? (schema?.properties ? 'object' : schema?.type)
}
