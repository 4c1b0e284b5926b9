// A program that uses the types of a generated client: it is compiled, not run. What it may not write is marked as an error.
import type { components, operations, paths } from './api'

type Book = components['schemas']['books']
type NewBook = components['schemas']['books.insert']
type Refusal = components['schemas']['mainspring_error']

const made: NewBook = { title: 'Summer', shelf_id: 1, pages: null, tags: ['sea'], colour: 'blue', genres: ['novel'] }
// @ts-expect-error a title is needed
const untitled: NewBook = { shelf_id: 1 }
// @ts-expect-error there is no such colour
const strange: NewBook = { title: 'x', shelf_id: 1, colour: 'mauve' }
// @ts-expect-error there is no such field
const unknown: NewBook = { title: 'x', shelf_id: 1, titel: 'y' }

type Reading = operations['read_books']
const question: Reading['parameters']['query'] = { select: 'title,shelf(title)', pages: 'gt.5', order: 'title.desc', limit: 10, or: '(id.eq.1,id.eq.2)' }
const headers: Reading['parameters']['header'] = { Prefer: 'count=exact', Range: '0-9', 'Accept-Profile': 'public' }
const page: Reading['responses'][206]['content']['application/json'] = [{ id: 1, title: 'Summer', shelf: { title: 'Sea', owner: null } }]
const refused: Reading['responses'][416]['content']['application/json'] = { code: 'PGRST103', message: '', details: null, hint: null }
const key: operations['replace_loans']['parameters']['query'] = { desk: 'eq.1', number: 'eq.2' }
// @ts-expect-error the key is needed whole
const half: operations['replace_loans']['parameters']['query'] = { desk: 'eq.1' }

async function ask<Path extends keyof paths>(path: Path): Promise<Book[]> {
  const answer = await fetch(path)
  if (!answer.ok) throw new Error(((await answer.json()) as Refusal).message)
  return (await answer.json()) as Book[]
}

export const titles = (await ask('/rest/v1/books')).map((book) => [book.title?.length, book.pages?.toFixed(), book.shelf?.title, book.genres?.map(({ name }) => name)])
// @ts-expect-error there is no such table
export const nothing = ask('/rest/v1/nothing')
export default [made, untitled, strange, unknown, question, headers, page, refused, key, half]
