// Tells each test's end as a line of JSON, for test_client.py.
export default async function* report(events) {
  for await (const { type, data } of events) {
    if (type !== 'test:pass' && type !== 'test:fail') continue
    const error = data.details.error
    const why = error ? `${error.cause?.stack ?? error.message}` : ''
    yield `${JSON.stringify({ name: data.name, passed: type === 'test:pass', why })}\n`
  }
}
