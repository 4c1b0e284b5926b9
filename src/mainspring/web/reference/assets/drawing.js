// Makes elements. Text is always text: nothing here reads markup.

/** An element with attributes (functions listen to the event of their name) and children (text, elements, nothing). */
export function draw(name, attributes = {}, ...children) {
  const element = document.createElement(name)
  for (const [key, value] of Object.entries(attributes)) {
    if (typeof value === 'function') element.addEventListener(key, value)
    else if (value === true) element.setAttribute(key, '')
    else if (value !== false && value !== undefined && value !== null) element.setAttribute(key, value)
  }
  element.append(...children.flat(Infinity).filter((each) => each !== null && each !== undefined && each !== false))
  return element
}

/** A text whose words in backticks are code. */
export function prose(text) {
  return (text ?? '').split('`').map((part, number) => (number % 2 ? draw('code', {}, part) : part))
}
