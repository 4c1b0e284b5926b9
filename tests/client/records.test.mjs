import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { good, newAlbum, newClient, newPhoto, ONE_PIXEL, secretKey, signUp, url } from './people.mjs'

let ann, bob, eve
let spring, summer, winter

before(async () => {
  ;[ann, bob, eve] = await Promise.all([signUp('Ann'), signUp('Bob'), signUp('Eve')])
  spring = await newAlbum(ann, 'Spring')
  summer = await newAlbum(ann, 'Summer', [bob])
  winter = await newAlbum(bob, 'Winter', [ann])
  await newPhoto(ann, summer, 'The beach')
  await newPhoto(ann, summer, 'The sea')
  await newPhoto(bob, winter, 'Snow')
})

const titles = async (question) => good(await question).map(({ title }) => title)
const albums = (person, columns = 'title') => person.api.from('albums').select(columns).order('id')

// -- reading ------------------------------------------------------------------------------------------------------------------

test('select gives what the rules let one see', async () => {
  assert.deepEqual(await titles(albums(ann)), ['Spring', 'Summer', 'Winter'])
  assert.deepEqual(await titles(albums(bob)), ['Summer', 'Winter'])
  assert.deepEqual(await titles(albums(eve)), [])
})

test('select without columns gives all of them', async () => {
  const album = good(await ann.api.from('albums').select().eq('id', spring.id).single())
  assert.deepEqual(Object.keys(album), ['id', 'title', 'owner_id', 'created_at', 'updated_at', 'version'])
  assert.deepEqual([album.id, album.owner_id, album.version], [spring.id, ann.id, 1])
  assert.ok(Math.abs(new Date(album.created_at) - new Date()) < 60_000)
})

test('select with embeds, as on the first page of the documentation', async () => {
  const columns = 'title, owner(name), photos(caption, image)'
  const found = good(await ann.api.from('albums').select(columns).order('id').range(0, 9))
  assert.deepEqual(found.map(({ title, owner, photos }) => [title, owner.name, photos.map(({ caption }) => caption)]), [
    ['Spring', 'Ann', []],
    ['Summer', 'Ann', ['The beach', 'The sea']],
    ['Winter', 'Bob', ['Snow']],
  ])
  const { url, ...image } = found[1].photos[0].image
  assert.deepEqual(image, { name: 'pixel.png', size: ONE_PIXEL.length, type: 'image/png', width: 1, height: 1 })
  assert.match(url, /^\/rest\/v1\/files\/photos\/\d+\/image\/[0-9a-f]{64}\/pixel\.png$/)
})

test('embeds of many-to-many fields, of any depth and under other names', async () => {
  const columns = 'name:title, friends(name), pictures:photos(words:caption, album(owner(name)))'
  assert.deepEqual(good(await bob.api.from('albums').select(columns).eq('id', winter.id).single()), {
    name: 'Winter',
    friends: [{ name: 'Ann' }],
    pictures: [{ words: 'Snow', album: { owner: { name: 'Bob' } } }],
  })
})

test('filters', async () => {
  const found = (filter) => titles(filter(albums(ann)))
  assert.deepEqual(await found((all) => all.eq('title', 'Spring')), ['Spring'])
  assert.deepEqual(await found((all) => all.neq('title', 'Spring')), ['Summer', 'Winter'])
  assert.deepEqual(await found((all) => all.gt('id', spring.id)), ['Summer', 'Winter'])
  assert.deepEqual(await found((all) => all.gte('id', summer.id).lte('id', summer.id)), ['Summer'])
  assert.deepEqual(await found((all) => all.lt('id', summer.id)), ['Spring'])
  assert.deepEqual(await found((all) => all.like('title', 'S%')), ['Spring', 'Summer'])
  assert.deepEqual(await found((all) => all.like('title', 's%')), [])
  assert.deepEqual(await found((all) => all.ilike('title', 's%')), ['Spring', 'Summer'])
  assert.deepEqual(await found((all) => all.in('title', ['Winter', 'Spring', 'one, with (signs)'])), ['Spring', 'Winter'])
  assert.deepEqual(await found((all) => all.is('title', null)), [])
  assert.deepEqual(await found((all) => all.not('title', 'in', '(Spring,Winter)')), ['Summer'])
  assert.deepEqual(await found((all) => all.or('title.eq.Winter,and(title.like.S*,title.not.eq.Spring)')), ['Summer', 'Winter'])
  assert.deepEqual(await found((all) => all.match({ title: 'Summer', owner_id: ann.id })), ['Summer'])
  assert.deepEqual(await found((all) => all.filter('title', 'eq', 'Winter')), ['Winter'])
})

test('filters by patterns, lists and words', async () => {
  const found = (filter) => titles(filter(albums(ann)))
  assert.deepEqual(await found((all) => all.likeAllOf('title', ['S%', '%mm%'])), ['Summer'])
  assert.deepEqual(await found((all) => all.likeAnyOf('title', ['W%', '%ng'])), ['Spring', 'Winter'])
  assert.deepEqual(await found((all) => all.ilikeAllOf('title', ['s%', '%MM%'])), ['Summer'])
  assert.deepEqual(await found((all) => all.ilikeAnyOf('title', ['w%', '%NG'])), ['Spring', 'Winter'])
  assert.deepEqual(await found((all) => all.regexMatch('title', '^S.*r$')), ['Summer'])
  assert.deepEqual(await found((all) => all.regexIMatch('title', '^s.*R$')), ['Summer'])
  assert.deepEqual(await found((all) => all.isDistinct('title', 'Summer')), ['Spring', 'Winter'])
  assert.deepEqual(await found((all) => all.notIn('title', ['Summer', 'one, with (signs)'])), ['Spring', 'Winter'])
  const me = () => ann.api.from('users').select('title:name').eq('id', ann.id)
  assert.deepEqual(await titles(me().contains('roles', [])), ['Ann'])
  assert.deepEqual(await titles(me().contains('roles', ['cook'])), [])
  assert.deepEqual(await titles(me().containedBy('roles', ['cook'])), ['Ann'])
  assert.deepEqual(await titles(me().overlaps('roles', ['cook'])), [])
})

test('textSearch in each of its forms', async () => {
  const found = async (query, options) => {
    const photos = await ann.api.from('photos').select('caption').textSearch('caption', query, options).order('id')
    return good(photos).map(({ caption }) => caption)
  }
  assert.deepEqual(await found('beach'), ['The beach'])
  assert.deepEqual(await found("'beach' | 'snow'"), ['The beach', 'Snow'])
  assert.deepEqual(await found('the beach', { type: 'plain' }), ['The beach'])
  assert.deepEqual(await found('the sea', { type: 'phrase' }), ['The sea'])
  assert.deepEqual(await found('the -sea', { type: 'websearch' }), ['The beach'])
})

test('other forms of answers', async () => {
  const table = await albums(ann, 'title,owner(name)').eq('title', 'Spring').csv()
  assert.match(good(table), /^title,owner\r\nSpring,/)
  const photos = () => ann.api.from('photos').select('caption').eq('caption', 'The sea')
  assert.deepEqual(good(await photos().returns()), [{ caption: 'The sea' }])
  assert.deepEqual(good(await photos().overrideTypes()), [{ caption: 'The sea' }])
  assert.deepEqual(good(await ann.api.from('users').select('name,avatar').eq('id', ann.id).stripNulls()), [{ name: 'Ann' }])
  const gone = await photos().abortSignal(AbortSignal.abort())
  assert.match(gone.error.message, /abort/i)
})

test('the plan is for administrators', async () => {
  const service = newClient({ key: secretKey })
  assert.match(good(await service.from('albums').select('title').explain()), /SELECT/)
  assert.ok(Array.isArray(good(await service.from('albums').select('title').explain({ format: 'json' }))))
  const { error, status } = await ann.api.from('albums').select('title').explain()
  assert.deepEqual([status, error.code], [406, 'PGRST107'])
})

test('what is not here is refused by its name', async () => {
  const map = await ann.api.from('albums').select().geojson()
  assert.deepEqual([map.status, map.error.code], [406, 'PGRST107'])
  const call = await ann.api.rpc('hello', { name: 'Ann' })
  assert.deepEqual([call.status, call.error.code, call.error.message], [404, 'PGRST202', "there is no function 'hello'"])
  const read = await ann.api.rpc('hello', { name: 'Ann' }, { get: true })
  assert.deepEqual([read.status, read.error.code], [404, 'PGRST202'])
  const other = await ann.api.schema('private').from('albums').select()
  assert.deepEqual([other.status, other.error.code], [406, 'PGRST106'])
})

test('records are made along with a record', async () => {
  const row = { title: 'Shared', friends: [{ id: bob.id }, eve.id] }
  const made = await ann.api.from('albums').insert(row).select('title,friends(name)').order('name', { referencedTable: 'friends' }).single()
  assert.deepEqual(good(made), { title: 'Shared', friends: [{ name: 'Bob' }, { name: 'Eve' }] })
  good(await ann.api.from('albums').delete().eq('title', 'Shared'))
})

test('order, limit and range', async () => {
  assert.deepEqual(await titles(ann.api.from('albums').select().order('title', { ascending: false })), ['Winter', 'Summer', 'Spring'])
  assert.deepEqual(await titles(ann.api.from('albums').select().order('owner_id').order('title', { ascending: false }).limit(1)), [
    ann.id < bob.id ? 'Summer' : 'Winter',
  ])
  assert.deepEqual(await titles(albums(ann).range(1, 2)), ['Summer', 'Winter'])
  assert.deepEqual(await titles(albums(ann).range(5, 9)), [])
})

test('count beside the data and alone', async () => {
  const page = await ann.api.from('albums').select('title', { count: 'exact' }).order('id').range(0, 1)
  assert.deepEqual([page.count, page.data.length, page.status], [3, 2, 206])
  const alone = await ann.api.from('albums').select('*', { count: 'exact', head: true }).eq('owner_id', ann.id)
  assert.deepEqual([alone.count, alone.data, alone.error], [2, null, null])
  const nothing = await eve.api.from('albums').select('*', { count: 'exact', head: true })
  assert.deepEqual([nothing.count, nothing.error], [0, null])
})

test('single and maybeSingle', async () => {
  const { data, error, status } = await ann.api.from('albums').select().single()
  assert.deepEqual([data, status, error.code, error.details], [null, 406, 'PGRST116', 'The result contains 3 rows'])
  const none = await eve.api.from('albums').select().eq('id', spring.id).single()
  assert.deepEqual([none.status, none.error.code, none.error.details], [406, 'PGRST116', 'The result contains 0 rows'])
  const perhaps = await eve.api.from('albums').select().eq('id', spring.id).maybeSingle()
  assert.deepEqual([perhaps.data, perhaps.error], [null, null])
  assert.equal(good(await ann.api.from('albums').select('title').eq('id', spring.id).maybeSingle()).title, 'Spring')
})

test('throwOnError throws what is wrong', async () => {
  await assert.rejects(async () => await ann.api.from('albums').select('nonsense').throwOnError(), { code: '42703' })
})

test('a picture is shown with fetch', async () => {
  const { image } = good(await bob.api.from('photos').select('image').eq('caption', 'The sea').single())
  const answer = await fetch(url + image.url, { headers: { Authorization: `Bearer ${bob.session.access_token}` } })
  assert.deepEqual([answer.status, answer.headers.get('content-type')], [200, 'image/png'])
  assert.ok(Buffer.from(await answer.arrayBuffer()).equals(ONE_PIXEL))
  assert.equal((await fetch(url + image.url, { headers: { Authorization: `Bearer ${eve.session.access_token}` } })).status, 404)
})

// -- writing ------------------------------------------------------------------------------------------------------------------

test('insert one, quietly or shown', async () => {
  const quiet = await eve.api.from('albums').insert({ title: 'Quiet' })
  assert.deepEqual([quiet.status, quiet.data, quiet.error], [201, null, null])
  const shown = await eve.api.from('albums').insert({ title: 'Shown', owner_id: eve.id }).select('title, owner(name), version').single()
  assert.deepEqual([shown.status, shown.data], [201, { title: 'Shown', owner: { name: 'Eve' }, version: 1 }])
})

test('insert many, all or none', async () => {
  const person = await signUp('Kim')
  const made = good(await person.api.from('albums').insert([{ title: 'One' }, { title: 'Two' }]).select('title'))
  assert.deepEqual(made, [{ title: 'One' }, { title: 'Two' }])
  const { error, status } = await person.api.from('albums').insert([{ title: 'Three' }, { title: null }])
  assert.deepEqual([status, error.code], [400, '23502'])
  assert.deepEqual(await titles(albums(person)), ['One', 'Two'])
})

test('insert with default values for what is missing', async () => {
  const person = await signUp('Kim')
  const rows = [{ title: 'Mine' }, { title: 'Mine too', owner_id: person.id }]
  const made = good(await person.api.from('albums').insert(rows, { defaultToNull: false }).select('owner_id'))
  assert.deepEqual(made, [{ owner_id: person.id }, { owner_id: person.id }])
})

test('upsert makes what is not there and changes what is', async () => {
  const person = await signUp('Kim')
  const album = await newAlbum(person, 'Before')
  const made = await person.api.from('albums').upsert({ title: 'New' }).select('title')
  assert.deepEqual([made.status, made.data], [201, [{ title: 'New' }]])
  const changed = await person.api.from('albums').upsert({ id: album.id, title: 'After' }).select('id, title, version').single()
  assert.deepEqual([changed.status, changed.data], [200, { id: album.id, title: 'After', version: 2 }])
  const rows = [{ id: album.id, title: 'Again' }, { title: 'Newer' }]
  const both = await person.api.from('albums').upsert(rows, { defaultToNull: false, count: 'exact' }).select('title')
  assert.deepEqual([both.status, both.count, both.data], [201, 2, [{ title: 'Again' }, { title: 'Newer' }]])
  const ignored = await person.api.from('albums').upsert({ id: album.id, title: 'x' }, { onConflict: 'id', ignoreDuplicates: true }).select()
  assert.deepEqual([ignored.status, ignored.data], [201, []])
  assert.deepEqual(await titles(albums(person)), ['Again', 'New', 'Newer'])
})

test("another's record is no one's to upsert", async () => {
  const { error, status } = await bob.api.from('albums').upsert({ id: summer.id, title: 'Mine' })
  assert.deepEqual([status, error.code], [403, '42501'])
  const hidden = await bob.api.from('albums').upsert({ id: spring.id, title: 'Mine' })
  assert.deepEqual([hidden.status, hidden.error.code], [400, '428C9'])
})

test('rollback, maxAffected and a limit', async () => {
  const person = await signUp('Kim')
  for (const title of ['A', 'B', 'C']) await newAlbum(person, title)
  const all = () => person.api.from('albums').update({ title: 'Z' }).gt('id', 0)
  assert.equal(good(await all().rollback().select()).length, 3)
  assert.equal((await all().maxAffected(2)).error.code, 'PGRST124')
  assert.deepEqual(await titles(albums(person)), ['A', 'B', 'C'])
  assert.deepEqual(await titles(all().order('title', { ascending: false }).limit(1).select('title')), ['Z'])
  assert.deepEqual(await titles(albums(person)), ['A', 'B', 'Z'])
})

test('update shows what changed', async () => {
  const person = await signUp('Kim')
  const album = await newAlbum(person, 'Before')
  const quiet = await person.api.from('albums').update({ title: 'Between' }).eq('id', album.id)
  assert.deepEqual([quiet.status, quiet.data, quiet.error], [204, null, null])
  const changed = good(await person.api.from('albums').update({ title: 'After' }).eq('id', album.id).select('title, version').single())
  assert.deepEqual(changed, { title: 'After', version: 3 })
  const counted = await person.api.from('albums').update({ title: 'Last' }, { count: 'exact' }).eq('id', album.id)
  assert.equal(counted.count, 1)
})

test('sharing and taking back by a list of friends', async () => {
  const album = await newAlbum(ann, 'Secret')
  const seen = async () => good(await eve.api.from('albums').select('title').eq('id', album.id)).length
  assert.equal(await seen(), 0)
  good(await ann.api.from('albums').update({ friends: [eve.id] }).eq('id', album.id))
  assert.equal(await seen(), 1)
  good(await ann.api.from('albums').update({ friends: [] }).eq('id', album.id))
  assert.equal(await seen(), 0)
  good(await ann.api.from('albums').delete().eq('id', album.id))
})

test("another's records are left out of an update and a deletion", async () => {
  assert.deepEqual(good(await bob.api.from('albums').update({ title: 'Mine' }).eq('id', summer.id).select()), [])
  assert.deepEqual(good(await bob.api.from('albums').delete().eq('id', summer.id).select()), [])
  assert.equal(good(await ann.api.from('albums').select('title').eq('id', summer.id).single()).title, 'Summer')
})

test('delete shows what went', async () => {
  const person = await signUp('Kim')
  const album = await newAlbum(person, 'Short-lived')
  await newPhoto(person, album, 'Gone with it')
  assert.deepEqual(good(await person.api.from('albums').delete().eq('id', album.id).select('title')), [{ title: 'Short-lived' }])
  assert.deepEqual(good(await person.api.from('photos').select()), [])
})

// -- errors -------------------------------------------------------------------------------------------------------------------

test('an unknown column is named, with the near one', async () => {
  const { error, status } = await ann.api.from('albums').select('titel')
  assert.deepEqual([status, error.code], [400, '42703'])
  assert.match(`${error.message} ${error.hint}`, /titel.*did you mean 'title'/)
})

test('a relation that could be several is asked for', async () => {
  const { error, status } = await ann.api.from('albums').select('users(name)')
  assert.deepEqual([status, error.code], [300, 'PGRST201'])
})

test('an unknown table is named', async () => {
  const { error, status } = await ann.api.from('album').select()
  assert.deepEqual([status, error.code], [404, 'PGRST205'])
  assert.match(error.hint, /albums/)
})

test('our own tables are unknown', async () => {
  for (const table of ['mainspring_accounts', 'mainspring_sessions', 'mainspring_keys', 'sqlite_master', 'albums_friends']) {
    const { error, status } = await ann.api.from(table).select()
    assert.deepEqual([status, error.code], [404, 'PGRST205'], table)
  }
})

test('an unknown field of a body is refused', async () => {
  const { error, status } = await ann.api.from('albums').insert({ titel: 'Summer' })
  assert.deepEqual([status, error.code], [400, 'PGRST204'])
})

test('a wrong value in a filter is refused', async () => {
  const { error, status } = await ann.api.from('albums').select().eq('id', 'abc')
  assert.deepEqual([status, error.code], [400, '22P02'])
})

test("another's name as owner is refused", async () => {
  const { error, status } = await bob.api.from('albums').insert({ title: 'In her name', owner_id: ann.id })
  assert.deepEqual([status, error.code], [403, '42501'])
})

test('an insert by nobody in particular asks to sign in', async () => {
  const { error, status } = await newClient().from('albums').insert({ title: 'Nobody' })
  assert.deepEqual([status, error.code], [401, '42501'])
})

test('a parent that is not there, or not for one to see, is missing', async () => {
  const form = new FormData()
  form.append('album_id', spring.id)
  form.append('image', new Blob([ONE_PIXEL]), 'pixel.png')
  const headers = { Authorization: `Bearer ${eve.session.access_token}` }
  const answer = await fetch(`${url}/rest/v1/photos`, { method: 'POST', headers, body: form })
  assert.deepEqual([answer.status, (await answer.json()).code], [409, '23503'])
})

test('a change without a filter is refused', async () => {
  for (const change of [ann.api.from('albums').update({ title: 'All' }), ann.api.from('albums').delete()]) {
    const { error, status } = await change
    assert.deepEqual([status, error.code], [400, '21000'])
  }
})

test('a schema by name', async () => {
  const found = good(await ann.api.schema('public').from('albums').select('title').eq('id', spring.id).single())
  assert.deepEqual(found, { title: 'Spring' })
  const made = await ann.api.schema('public').from('albums').insert({ title: 'Autumn' })
  assert.equal(made.status, 201)
  good(await ann.api.from('albums').delete().eq('title', 'Autumn'))
  const { error, status } = await ann.api.schema('private').from('albums').select()
  assert.deepEqual([status, error.code, error.message], [406, 'PGRST106', 'Invalid schema: private'])
})
