type Child = Node | string

/** Attributes by name; a value of `null` leaves one out. */
type Attributes = Readonly<Record<string, string | number | null>>

const SVG = 'http://www.w3.org/2000/svg'

/** A new HTML element. Texts become text nodes, so what they contain is never markup. */
export function element<Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  attributes: Attributes = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[Name] {
  return filled(document.createElement(name), attributes, children)
}

/** The same for SVG. */
export function svgElement<Name extends keyof SVGElementTagNameMap>(
  name: Name,
  attributes: Attributes = {},
  ...children: readonly Child[]
): SVGElementTagNameMap[Name] {
  return filled(document.createElementNS(SVG, name), attributes, children)
}

function filled<Made extends Element>(made: Made, attributes: Attributes, children: readonly Child[]): Made {
  for (const [name, value] of Object.entries(attributes))
    if (value !== null) made.setAttribute(name, String(value))
  made.append(...children)
  return made
}

/** The element of index.html with that id. @throws Error if there is none of that class */
export function byId<Kind extends Element>(id: string, kind: new () => Kind): Kind {
  const found = document.getElementById(id)
  if (found instanceof kind) return found
  throw new Error(`the page has no ${kind.name} '${id}'`)
}

/** Sets a text, unless it is there already: a live region would announce it again. */
export function setText(place: Element, text: string): void {
  if (place.textContent !== text) place.textContent = text
}

/** Marks a button that has no effect now. It keeps the focus, unlike one that is disabled. */
export function setUsable(button: HTMLButtonElement, isUsable: boolean): void {
  button.setAttribute('aria-disabled', String(!isUsable))
}

/** Calls the function when the button is pressed, unless it is marked as having no effect. */
export function onPress(button: HTMLButtonElement, press: () => void): void {
  button.addEventListener('click', () => {
    if (button.getAttribute('aria-disabled') !== 'true') press()
  })
}
