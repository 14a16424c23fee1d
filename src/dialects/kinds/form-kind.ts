import { parseUpstreamError } from '../openai-chat/error.ts'
import { refuse } from '../refuse.ts'
import { boundaryOf, type FormPart, parseForm, writeForm } from './form.ts'
import { type Body, type Demand, type JsonKind, toRequest } from './json-kind.ts'
import type { KindDialect, KindRequest } from './kind-dialect.ts'

type FormRequest = KindRequest & { parts: readonly FormPart[]; boundary: string }

export interface FormKind extends Omit<JsonKind, 'read'> {
  read(fields: Body, files: readonly FormPart[]): Demand
}

/**
 * A kind whose request is a form with files. The form is written anew, every part as it was but the model's name; the same parts are the
 * same bytes, whatever boundary an SDK made up, since an Idempotency-Key compares them.
 */
export function formKind(rules: FormKind): KindDialect {
  const fromParts = (parts: readonly FormPart[]): FormRequest => {
    const fields = fieldsOf(parts)
    const boundary = boundaryOf(parts)
    const files = parts.filter(({ filename }) => filename !== undefined)
    return {
      ...toRequest(rules, writeForm(parts, boundary), fields, rules.read(fields, files)),
      contentType: `multipart/form-data; boundary=${boundary}`,
      parts,
      boundary,
    }
  }
  return {
    name: 'openai-chat',
    kind: rules.kind,
    parse: (raw, contentType) => fromParts(parseForm(raw, contentType)),
    rewrite: (request, fields) =>
      fromParts(
        (request as FormRequest).parts.map((part) => {
          const text = part.filename === undefined ? fields[part.name] : undefined
          return typeof text === 'string' ? { ...part, value: Buffer.from(text) } : part
        }),
      ),
    prepareBody(request, { model, extra = {} }) {
      const { parts, boundary, body, raw } = request as FormRequest
      // A form is only ever told less: what is taken out of a JSON body is no field of a form either.
      const kept = parts.filter(({ name }) => !((/^[^[]*/.exec(name) as RegExpExecArray)[0] in extra))
      if (body.model === model && kept.length === parts.length) return raw
      const named = kept.filter(({ name }) => name !== 'model')
      return writeForm([{ name: 'model', filename: undefined, mediaType: undefined, value: Buffer.from(model) }, ...named], boundary)
    },
    createTap: rules.createTap,
    parseUpstreamError,
  }
}

/** Of repeated fields (`include[]`) the list. One that is given twice without being a list is refused: which one counts is unknown. */
function fieldsOf(parts: readonly FormPart[]): Body {
  const fields = new Map<string, unknown>()
  for (const { name, filename, value } of parts) {
    const isList = name.endsWith('[]')
    if (!isList && fields.has(name)) throw refuse(name, `The field ${JSON.stringify(name.slice(0, 100))} is given twice`)
    if (filename !== undefined) fields.set(name, null)
    else fields.set(name, isList ? [...((fields.get(name) as string[] | undefined) ?? []), value.toString('utf8')] : value.toString('utf8'))
  }
  return Object.fromEntries([...fields].filter(([, value]) => value !== null))
}
